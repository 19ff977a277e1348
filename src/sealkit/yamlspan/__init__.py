"""YAML (and JSON) read and edited by text span. Knows nothing of Kubernetes or of secrets; see README.md in this folder."""
