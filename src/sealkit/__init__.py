"""sealkit: open your Kubernetes house without giving away the keys."""

__version__ = "0.1.0"
