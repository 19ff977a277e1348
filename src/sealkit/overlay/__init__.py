"""Merge the halves and split them. Pure: it is handed an `Opener`, never a key."""
