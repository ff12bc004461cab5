"""The live stream of a camera as HLS: the playlist as a pure function, and the window on disk."""
