"""Stretches of time, and what is left between them. Pure; milliseconds since 1970, the end is outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """From `start` up to `end`; `end` is not before `start`."""

    start: int
    end: int

    @property
    def seconds(self) -> float:
        return (self.end - self.start) / 1000


def merged(spans: Iterable[Span], *, slack: int = 0) -> list[Span]:
    """The same time in as few stretches as can be, in order; pauses of at most `slack` ms do not count."""
    found: list[Span] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if found and span.start <= found[-1].end + slack:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def within(spans: Iterable[Span], window: Span) -> list[Span]:
    """The parts of the stretches that lie in the window, merged."""
    cut = (Span(max(span.start, window.start), min(span.end, window.end)) for span in spans)
    return merged(span for span in cut if span.end > span.start)


def overlap(one: Span, other: Span) -> int:
    """Milliseconds that both have."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def seconds(spans: Iterable[Span]) -> float:
    """How long they are together; they do not overlap."""
    return sum(span.end - span.start for span in spans) / 1000
