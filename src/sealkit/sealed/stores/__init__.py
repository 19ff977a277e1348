"""The grammars of the five formats that sops reads and writes: YAML, JSON, dotenv, INI and binary."""
