"""Callbacks: what is told to whom asked to be called back, signed, retried, logged."""
