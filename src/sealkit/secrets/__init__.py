"""What looks like a secret: names, values and tokens. scan and split share it."""
