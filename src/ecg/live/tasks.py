"""The kinds of jobs of live monitoring, where the spine looks for them."""

from __future__ import annotations

from ecg.live.analysis.tasks import archive_analysis, quick_look

__all__ = ["archive_analysis", "quick_look"]
