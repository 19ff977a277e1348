"""Both halves in memory: printed, compared, deployed, rehearsed."""
