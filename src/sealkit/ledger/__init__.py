"""The signed list of what key holders approved: verify, compare, and say what waits. Takes a signing key, finds none."""
