"""Sealed files as anyone may read them: policy, metadata, formats and census. Nothing here needs or takes a key."""
