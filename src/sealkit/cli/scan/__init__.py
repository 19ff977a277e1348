"""Leaks: found, allowed, explained, and kept out by git hooks."""
