"""The files that sealkit reads and writes in a repository, as POSIX paths from its root."""

CONFIG = "sealkit.yaml"
POLICY = ".sops.yaml"
LEDGER = "sealkit.sum"
SIGNING_KEY = ".sealkit/signing-key.sops.yaml"
OLD_SIGNING_KEY = ".sealkit/house.sops.yaml"
"""The name before the first release; only named in errors."""
ALLOW = ".sealkit/allow.yaml"
