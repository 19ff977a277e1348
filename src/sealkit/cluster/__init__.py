"""Diff, plan, apply, wait, inventory against a real API server. `apply` is the only mutator."""
