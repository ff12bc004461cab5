"""From the painter's square pixels to a video's oblong ones.

A video of 720x576 with pixels of 16:11 is seen at 1047x576. The captions are painted at that size and
squeezed to the stored one, so that letters have their true shape on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecg.render.areas import Area
from ecg.render.colour import Floats


@dataclass(frozen=True)
class Stretch:
    """Keeps the painted canvas and resamples what changed; `across` and `down` hold the weights of each
    axis.
    """

    canvas: Floats
    """Premultiplied planes (4, height, width) at the painter's size."""
    across: Floats
    """(canvas width, picture width)"""
    down: Floats
    """(picture height, canvas height)"""

    @classmethod
    def between(cls, canvas: tuple[int, int], picture: tuple[int, int]) -> Stretch | None:
        """From (width, height) of the canvas to the picture; None when they are equal."""
        if canvas == picture:
            return None
        return cls(
            canvas=np.zeros((4, canvas[1], canvas[0]), np.float32),
            across=_weights(canvas[0], picture[0]),
            down=np.ascontiguousarray(_weights(canvas[1], picture[1]).T),
        )

    def lay(self, planes: Floats, area: Area) -> tuple[Floats, Area]:
        """Put planes on the canvas; returns what the picture shows there, with the (even) area it covers."""
        self.canvas[:, area.top : area.bottom, area.left : area.right] = planes
        left, right = _even_reach(self.across.T, area.left, area.right)
        top, bottom = _even_reach(self.down, area.top, area.bottom)
        columns = _reach(self.across, left, right)
        rows = _reach(self.down.T, top, bottom)
        tall = self.down[top:bottom, rows] @ self.canvas[:, rows, columns]
        squeezed = (tall @ self.across[columns, left:right]).astype(np.float32, copy=False)
        return squeezed, Area(left, top, right, bottom)


def _weights(source: int, target: int) -> Floats:
    """Weights (source, target) of the area average: each target pixel is the mean of the stretch under it."""
    if source == target:
        return np.eye(source, dtype=np.float32)
    scale = source / target
    edges = np.arange(target + 1) * scale
    starts, ends = edges[:-1], edges[1:]
    if scale < 1:  # enlarging: a tent one source pixel wide, so that edges do not turn into steps
        middle = (starts + ends) / 2
        starts, ends = middle - 0.5, middle + 0.5
    pixels = np.arange(source)[:, None]
    overlap = np.minimum(ends, pixels + 1) - np.maximum(starts, pixels)
    weights = np.clip(overlap, 0, None)
    normal: Floats = (weights / weights.sum(axis=0)).astype(np.float32)
    return normal


def _reach(weights: Floats, first: int, last: int) -> slice:
    """The rows of `weights` that have a share in its columns first <= c < last."""
    hit = np.flatnonzero(weights[:, first:last].any(axis=1))
    return slice(int(hit[0]), int(hit[-1]) + 1) if hit.size else slice(0, 0)


def _even_reach(weights: Floats, first: int, last: int) -> tuple[int, int]:
    """The same, widened to even bounds, so that no chroma sample is cut."""
    reach = _reach(weights, first, last)
    return reach.start & ~1, min(len(weights), (reach.stop + 1) & ~1)
