"""Starting a house, moving into one, and what is wrong with it."""
