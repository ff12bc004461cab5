"""Usage: how much of what everybody had done, by day."""
