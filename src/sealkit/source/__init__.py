"""Where bytes come from: configuration, git, work tree, index and commits; and how they safely get to disk."""
