"""What a render is expected to take, before and while it runs.

Work is counted in megapixel-frames: the picture's pixels times its frames, in millions. Speeds are work a
second of one job; the spine measures them on jobs that are done.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from ecg.render.schemas import RenderPayload

REFERENCE_SIZE = 1920, 1080
"""What a video is taken for whose size nobody knows yet."""

_MEMORY_BASE_MB, _MEMORY_PER_MEGAPIXEL_MB = 394.0, 141.0
"""Through the measured peaks of whole renders, browser included: 523 MB at 1280×720 and 685 MB at 1920×1080
(README, `bench/render.py`)."""

SLOW = 40.0
"""Work a second that is expected where nothing is measured: half of what two cores of 2020 do."""

_ASIDE_SECONDS = 12.0
"""For what does not grow with the video: starting, looking, storing."""

_PACE_AFTER = 5.0
"""Seconds of drawing after which the pace says something."""


def work_of(width: int, height: int, frames: float) -> float:
    """Megapixel-frames."""
    return width * height * frames / 1e6


def memory_of(width: int, height: int) -> float:
    """MB that a render of this picture takes at its peak."""
    return _MEMORY_BASE_MB + _MEMORY_PER_MEGAPIXEL_MB * width * height / 1e6


def picture_size(payload: RenderPayload, found: tuple[int, int] | None = None) -> tuple[int, int]:
    """Width and height of the output as far as they are known: the one side follows from the other."""
    wide, high = found or REFERENCE_SIZE
    width, height = payload.options.width, payload.options.height
    if width and height:
        return width, height
    if width:
        return width, round(width * high / wide)
    if height:
        return round(height * wide / high), height
    return wide, high


@dataclass
class Deadline:
    """Seconds that an attempt may take, by the video's length and the pace that is measured while it runs.

    It is `patience` times what is expected: by the pace once there is one, and never beyond what a slow
    machine would need.
    """

    work: float
    patience: float
    spent_before: float
    """Seconds of the attempt until drawing began."""
    _begun: float = field(default_factory=time.monotonic)

    @property
    def farthest(self) -> float:
        return self.spent_before + self.patience * (_ASIDE_SECONDS + self.work / SLOW)

    def after(self, share: float) -> float | None:
        """The deadline once this share (0-1) is drawn; None while the pace says nothing."""
        drawing = time.monotonic() - self._begun
        left = self.seconds_left(share)
        if left is None or drawing < _PACE_AFTER:
            return None
        return min(self.farthest, self.spent_before + drawing + self.patience * (_ASIDE_SECONDS + left))

    def seconds_left(self, share: float) -> float | None:
        """Seconds of drawing to come, at the pace so far."""
        drawing = time.monotonic() - self._begun
        if share <= 0 or drawing < 0.5:
            return None
        return drawing / share * (1 - share)
