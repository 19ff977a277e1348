"""Kubernetes objects, sensitive values, findings, rules and plans as plain data. No I/O and no keys."""
