"""Thin commands; the only place where an Opener with keys meets overlay and cluster."""
