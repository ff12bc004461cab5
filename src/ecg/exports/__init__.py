"""Exports: videos, overlays and subtitle files that people have made of their projects."""
