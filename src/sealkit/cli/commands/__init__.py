"""One file per command, named after what is typed: arguments in, one operation called, its result printed."""
