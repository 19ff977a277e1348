"""From manifests with secrets in them to two halves."""
