"""Brings painted changes and decoded frames together, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator

from av.video.frame import VideoFrame

from ecg.errors import RenderError
from ecg.render.changes import Change
from ecg.render.colour import signal_of
from ecg.render.overlay import Overlay
from ecg.render.picture import Picture


class Compositor:
    """Follows a stream of changes and draws the overlay into frames, both in increasing frame order."""

    def __init__(self, picture: Picture, changes: Iterator[Change]) -> None:
        signal = signal_of(picture.colour, depth=picture.depth, width=picture.width, height=picture.height)
        self._overlay = Overlay(picture.layout, signal, canvas=picture.canvas)
        self._changes = changes
        self._next: Change | None = None
        self._quiet_until = 0

    def advance(self, frame: int) -> None:
        """Bring the overlay to its state at `frame`; waits for the painter only where a change may come."""
        while frame >= self._quiet_until:
            change = self._peek()
            if change is None or change.frame > frame:
                return
            self._overlay.apply(change)
            self._quiet_until = change.quiet_until
            self._next = None

    def _peek(self) -> Change | None:
        if self._next is None:
            self._next = next(self._changes, None)
        return self._next

    def draw(self, picture: VideoFrame) -> None:
        """Draw the overlay as it stands into a frame, in place."""
        self._overlay.blend(picture)

    def pass_over(self, first: int, stop: int) -> None:
        """Frames `first` … `stop` - 1 are copied as they are; raises RenderError if a caption is on any of
        them.
        """
        if first >= stop:
            return
        self.advance(first)
        while not self._overlay.visible:
            change = self._peek() if self._quiet_until < stop else None
            if change is None or change.frame >= stop:
                return
            self.advance(change.frame)
        raise RenderError(
            f"a caption was painted on a frame between {first} and {stop - 1} that was to be copied"
        )
