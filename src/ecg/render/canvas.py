"""What the renderer asks of whoever paints captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ecg.render.changes import Change


@dataclass(frozen=True, slots=True)
class Canvas:
    """What captions are painted on: `width` x `height` square pixels, once for each of `times_us`.

    Times are the presentation times of all output frames in microseconds from the video's start, ascending.
    """

    width: int
    height: int
    times_us: Sequence[int]


class Captions(Protocol):
    """Something that paints captions."""

    def visible_us(self, canvas: Canvas) -> Sequence[tuple[int, int]]:
        """The spans start <= t < end in microseconds in which anything may be seen."""
        ...

    def changes(self, canvas: Canvas) -> AbstractContextManager[Iterator[Change]]:
        """The overlay's changes in frame order; leaving the context stops the painting."""
        ...
