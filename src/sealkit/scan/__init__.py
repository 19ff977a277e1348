"""Find secrets in files, the index and the whole history. Holds no key; known values are digests."""
