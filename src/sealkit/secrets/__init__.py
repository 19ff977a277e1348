"""What looks like a secret: names, values and tokens. Shared by scan and split."""
