"""Documents, routes, objects, findings: the words of the field as plain data. No I/O, no keys."""
