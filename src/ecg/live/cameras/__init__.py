"""Cameras as people set them up, and what is known of their streams."""
