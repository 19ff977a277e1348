"""What a person wants done, without a terminal: each operation gets a Repository and an Events object and returns a result."""
