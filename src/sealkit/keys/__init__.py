"""Recipients and identities of age, ssh and PGP: parsing, discovery, and wrapping and unwrapping data keys."""
