"""Exports: videos, overlays and subtitle files that people have made of their projects.

The API server includes `ecg.exports.opening.ROUTERS` and enters `opened_exports` in its lifespan.
"""
