"""Sealed files and the values in them."""
