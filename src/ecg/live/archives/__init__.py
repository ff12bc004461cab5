"""Recordings of a camera: files of ten minutes on the wall clock, closed once, registered once."""
