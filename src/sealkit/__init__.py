"""sealkit: publish Kubernetes manifests, keep their secrets in SOPS files, and merge both in memory at deploy time."""

__version__ = "0.1.0"
