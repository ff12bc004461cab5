"""MotionText scenarios of the versions 1.3 and 2.0, read as scenarios of ours."""

from __future__ import annotations

from ecg.captions.formats.motiontext.reader import read_motiontext

__all__ = ["read_motiontext"]
