"""A throw-away real control plane: find or build its binaries, start, stop, report."""
