"""A painter without a browser: a translucent box with patches that change on every frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from ecg.render.canvas import Canvas
from ecg.render.changes import Change, Patch

BOX = (0, 0, 0, 230)


def patch(x: int, y: int, width: int, height: int, rgba: tuple[int, int, int, int]) -> Patch:
    """A rectangle of one colour."""
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[...] = rgba
    return Patch(x, y, width, height, memoryview(pixels.tobytes()))


class SyntheticCaptions:
    """Paints in the lowest quarter of the picture, during `spans_us` only (always, by default)."""

    def __init__(
        self,
        spans_us: Sequence[tuple[int, int]] | None = None,
        *,
        colour: tuple[int, int, int] = (255, 200, 0),
    ):
        self.spans_us = spans_us
        self.colour = colour
        self.canvas: Canvas | None = None
        self.closed = False

    def visible_us(self, canvas: Canvas) -> Sequence[tuple[int, int]]:  # noqa: ARG002
        return [(0, 1 << 60)] if self.spans_us is None else self.spans_us

    @contextmanager
    def changes(self, canvas: Canvas) -> Iterator[Iterator[Change]]:
        self.canvas = canvas
        try:
            yield self._paint(canvas)
        finally:
            self.closed = True

    def box(self, canvas: Canvas) -> tuple[int, int, int, int]:
        """Left, top, width, height of the box."""
        width, height = canvas.width // 2 & ~1, canvas.height // 6 & ~1
        return (canvas.width - width) // 2 & ~1, canvas.height * 3 // 4 & ~1, width, height

    def _paint(self, canvas: Canvas) -> Iterator[Change]:
        x, y, width, height = self.box(canvas)
        seen = False
        for frame, time in enumerate(canvas.times_us):
            shown = any(start <= time < end for start, end in self.visible_us(canvas))
            if shown:
                step = frame % 8 * 4
                patches = [
                    patch(x + 4, y + 4, width - 8, height - 8, BOX),
                    patch(x + 8 + step, y + 6, 16, 12, (*self.colour, 255)),
                ]
                yield Change(
                    frame, not seen, tuple(patches if seen else [patch(x, y, width, height, BOX), *patches])
                )
            elif seen:
                yield Change(frame, True, ())
            seen = shown


class NoCaptions:
    """Paints nothing, yet may be seen at any time: every frame is encoded as it is."""

    def visible_us(self, canvas: Canvas) -> Sequence[tuple[int, int]]:  # noqa: ARG002
        return [(0, 1 << 60)]

    @contextmanager
    def changes(self, canvas: Canvas) -> Iterator[Iterator[Change]]:  # noqa: ARG002
        yield iter(())
