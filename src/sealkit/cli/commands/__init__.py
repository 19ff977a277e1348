"""One module per command, named after it: it parses arguments, calls one operation and prints the result."""
