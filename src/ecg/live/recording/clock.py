"""The wall-clock time of a stream's pictures: pure arithmetic on when rows of the segment list arrive.

A row arrives when the segment's last picture has, so arrival minus the segment's end is the wall-clock time
of the stream's zero, and late by whatever the network held up. The earliest of the last rows counts: delays
only make rows late. The line is moved when it is wrong by more than half a second, which follows a camera
whose clock runs fast or slow, and a wall clock that was set.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

ROWS = 30
TOLERANCE_MS = 500
STEP_MS = 2000
"""A move beyond this is no drift: viewers are told (EXT-X-DISCONTINUITY)."""


@dataclass(slots=True)
class StreamClock:
    zero: int | None = None
    """Wall-clock time of the stream's zero, in milliseconds since 1970."""
    _seen: deque[int] = field(default_factory=lambda: deque(maxlen=ROWS))

    def observe(self, end: float, arrived: int) -> bool:
        """A row came. `end`: seconds of the stream; `arrived`: milliseconds since 1970. True: the line has
        jumped, by more than drift explains."""
        self._seen.append(arrived - round(end * 1000))
        best = min(self._seen)
        if self.zero is None:
            self.zero = best
            return False
        moved = abs(best - self.zero)
        if moved > TOLERANCE_MS:
            self.zero = best
        return moved > STEP_MS

    def restart(self) -> None:
        """The stream's own times have jumped: what was seen before says nothing any more."""
        self.zero = None
        self._seen.clear()

    def at(self, seconds: float) -> int:
        """Wall-clock time of a moment of the stream, after the first `observe`."""
        assert self.zero is not None  # noqa: S101  # see above
        return self.zero + round(seconds * 1000)
