"""Recipients and identities: age, ssh, PGP; where keys are found and when they expire."""
