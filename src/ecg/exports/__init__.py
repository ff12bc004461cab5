"""Exports: videos, overlays and subtitle files that people have made of their projects.

The API server includes `ecg.exports.opening.router` and enters `opened_exports` in its lifespan.
"""
