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
        self._started = False

    def advance(self, frame: int) -> None:
        """Bring the overlay to its state at `frame`; waits for the painter."""
        if not self._started:
            self._started = True
            self._next = next(self._changes, None)
        while self._next is not None and self._next.frame <= frame:
            self._overlay.apply(self._next)
            self._next = next(self._changes, None)

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
            if self._next is None or self._next.frame >= stop:
                return
            self.advance(self._next.frame)
        raise RenderError(
            f"a caption was painted on a frame between {first} and {stop - 1} that was to be copied"
        )
