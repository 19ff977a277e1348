"""What is approved, what a change does, and how two branches come together."""
