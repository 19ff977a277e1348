"""The files that sealkit reads and writes in a repository, as POSIX paths from its root."""

CONFIG = "sealkit.yaml"
POLICY = ".sops.yaml"
LEDGER = "sealkit.sum"
SIGNING_KEY = ".sealkit/signing-key.sops.yaml"
ALLOW = ".sealkit/allow.yaml"
