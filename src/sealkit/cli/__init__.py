"""The command line: arguments, the terminal, the quick path of git hooks, and one file per command in commands/."""
