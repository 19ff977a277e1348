"""The files of a repository: configuration, git, work tree, index and commits, and atomic writes."""
