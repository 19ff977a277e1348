"""Kubernetes objects, sensitive values, findings, rules and plans as plain data. No I/O, no keys."""
