"""When things are on the screen: spans of seconds, given, inherited or worked out.

A span is kept as the author wrote it, also where it ends before it starts; who asked decides what becomes
of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ecg.captions.formats.node import Node
from ecg.captions.scenario import MAX_SECONDS

Span = tuple[float, float]
"""Start and end in seconds."""

_TIMECODE = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9})|[:;](\d{1,3}))?")
_PERCENT = re.compile(r"([+-]?\d{1,9}(?:\.\d{1,9})?)\s*%")


@dataclass(frozen=True, slots=True)
class Clock:
    """How a document writes times. `fps` counts the frames of timecodes such as ``00:01:02:12``."""

    fps: float | None = None

    def seconds(self, node: Node) -> float:
        """A time in seconds. Raises `ScenarioError` for what is none, or lies beyond a day."""
        value = self._timecode(node) if isinstance(node.value, str) else node.number()
        if abs(value) > MAX_SECONDS:
            raise node.error(f"{value:g} s is no time in a video of at most 24 hours")
        return value

    def _timecode(self, node: Node) -> float:
        found = _TIMECODE.fullmatch(node.text().strip())
        if not found:
            raise node.error("a time is a number of seconds or a timecode")
        hours, minutes, seconds, decimals, frames = found.groups()
        whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
        if frames is None:
            return whole + float(f"0.{decimals or 0}")
        if not self.fps:
            raise node.error("this timecode counts frames", hint="give timebase.fps")
        return whole + int(frames) / self.fps

    def span(self, node: Node, parent: Span | None = None) -> Span:
        """A pair ``[start, end]``; percentages count within `parent`."""
        ends = node.items()
        if len(ends) != 2:
            raise node.error("a start and an end are expected here")
        start, end = (self._within(part, parent) for part in ends)
        return start, end

    def _within(self, node: Node, parent: Span | None) -> float:
        share = percentage(node)
        if share is None:
            return self.seconds(node)
        if parent is None:
            raise node.error("a percentage needs a parent that has a time")
        return parent[0] + (parent[1] - parent[0]) * share

    def own(self, node: Node, parent: Span | None = None) -> Span | None:
        """The span that a node or cue gives itself: `displayTime`, or version 1.3's `absStart` and
        `absEnd`."""
        if (pair := node.get("displayTime", "display_time")) is not None:
            return self.span(pair, parent)
        start, end = node.get("absStart"), node.get("absEnd")
        if start is None and end is None:
            return None
        begin = self.seconds(start) if start else 0.0
        return begin, self.seconds(end) if end else begin + 1.0

    def lifetime(self, cue: Node) -> Span | None:
        """`domLifetime`: nothing of the cue is drawn outside it."""
        pair = cue.get("domLifetime")
        return None if pair is None else self.span(pair)

    def hint(self, cue: Node) -> Span | None:
        """Version 1.3's `hintTime`, which speaks only where nothing else is timed."""
        hint = cue.get("hintTime")
        if hint is None:
            return None
        if isinstance(hint.value, list):
            return self.span(hint)
        if not isinstance(hint.value, dict):
            start = self.seconds(hint)
            return start, start + 5.0
        begin, end = hint.get("start"), hint.get("end")
        start = self.seconds(begin) if begin else 0.0
        return start, self.seconds(end) if end else start + 5.0

    def of_descendants(self, node: Node) -> Span | None:
        """From the first start to the last end of the nodes below that have absolute times of their own."""
        spans = [span for child in _below(node) if (span := self._absolute(child)) and span[0] <= span[1]]
        return union(spans)

    def _absolute(self, node: Node) -> Span | None:
        pair = node.get("displayTime", "display_time")
        if pair is not None and any(percentage(part) is not None for part in pair.items()):
            return None
        return self.own(node)


def percentage(node: Node) -> float | None:
    """``"50%"`` as 0.5; None for anything else."""
    found = _PERCENT.fullmatch(node.value.strip()) if isinstance(node.value, str) else None
    return float(found[1]) / 100 if found else None


def union(spans: list[Span]) -> Span | None:
    if not spans:
        return None
    return min(start for start, _ in spans), max(end for _, end in spans)


def overlap(a: Span, b: Span) -> Span:
    """What two spans share; it ends before it starts where they share nothing."""
    return max(a[0], b[0]), min(a[1], b[1])


def _below(node: Node) -> Iterator[Node]:
    stack = [node]
    while stack:
        children = stack.pop().get("children")
        for child in children.items() if children else []:
            yield child
            stack.append(child)
