"""Numbers of each picture that tell how the camera is; taken once, judged later by `health`.

A picture is measured at 384 pixels wide: statistics do not need more, and small sensor noise averages out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ecg.live.analysis.vision.footage import Image

WIDTH = 384
BLOCKS = (16, 9)
"""Columns and rows of areas whose mean grey is followed; noise of single pixels vanishes in them."""
VIEW = (96, 54)
"""Size of the picture of edges that tells one view from another."""
VIEW_SECONDS = 1.0
"""How often the view is kept."""

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Measures:
    """One row a picture; views once a second."""

    at: list[float] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    """Mean grey, 0 to 255."""
    spread: list[float] = field(default_factory=list)
    """Standard deviation of the grey."""
    sharpness: list[float] = field(default_factory=list)
    """Variance of the Laplacian."""
    change: list[float] = field(default_factory=list)
    """Mean absolute difference to the picture before; nan for the first."""
    blocks: list[Floats] = field(default_factory=list)
    views: list[tuple[float, Floats]] = field(default_factory=list)
    _before: Image | None = None

    def take(self, at: float, grey: Image) -> None:
        """Measure one picture: grey, WIDTH pixels wide."""
        mean, spread = cv2.meanStdDev(grey)
        self.at.append(at)
        self.mean.append(float(mean[0, 0]))
        self.spread.append(float(spread[0, 0]))
        self.sharpness.append(float(cv2.Laplacian(grey, cv2.CV_32F).var()))
        before = self._before
        same = before is not None and before.shape == grey.shape
        self.change.append(float(cv2.absdiff(grey, before).mean()) if same and before is not None else np.nan)
        self._before = grey
        blocks = cv2.resize(grey.astype(np.float32), BLOCKS, interpolation=cv2.INTER_AREA)
        self.blocks.append(np.asarray(blocks, dtype=np.float32))
        if not self.views or at - self.views[-1][0] >= VIEW_SECONDS - 1e-3:
            self.views.append((at, edges(grey)))


def edges(grey: Image) -> Floats:
    """Where the picture has edges; light that changes moves none of them."""
    small = cv2.GaussianBlur(cv2.resize(grey, VIEW, interpolation=cv2.INTER_AREA), (3, 3), 0)
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1)
    found: Floats = np.sqrt(cv2.magnitude(across, down))  # a root, so that one bright edge does not rule
    return found


def likeness(one: Floats, other: Floats) -> float:
    """Correlation of two views, −1 to 1; 0 where one of them shows nothing."""
    a, b = one - one.mean(), other - other.mean()
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return 0.0 if length < 1e-6 else float((a * b).sum()) / length
