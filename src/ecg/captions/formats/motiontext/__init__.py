"""MotionText scenarios (versions 1.3 and 2.0): `read_motiontext`, and `is_motiontext` to tell them by their
look."""

from __future__ import annotations

from ecg.captions.formats.motiontext.reader import read_motiontext
from ecg.captions.formats.motiontext.version import is_motiontext

__all__ = ["is_motiontext", "read_motiontext"]
