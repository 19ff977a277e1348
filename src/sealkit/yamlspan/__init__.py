"""YAML and JSON, read and edited by text span. Independent of Kubernetes and of secrets. See README.md in this folder."""
