"""People: histograms of oriented gradients and a linear classifier (Dalal and Triggs 2005), OpenCV's.

It finds people who stand or walk upright and are at least about 100 pixels tall in a picture of 768; it
overlooks those who sit, lie, or are half hidden. Counts are the most that were seen at once, not identities.
"""

from __future__ import annotations

import cv2
import numpy as np

from ecg.live.analysis.vision.footage import Image
from ecg.live.analysis.vision.motion import Mask

WIDTH = 768
"""Width of the picture that is searched; smaller people are lost, larger pictures cost in proportion."""
CERTAIN = 0.6
"""Distance from the classifier's plane from which on a find counts; the bench prints what it costs."""
OVERLAP = 0.4
"""Two finds that share more than this of their areas are one."""
MOVES = 0.02
"""Share of a find's box that has to move: furniture is sometimes shaped like a person."""

Box = tuple[int, int, int, int]
"""x, y, width, height."""


class PeopleDetector:
    def __init__(self) -> None:
        self._hog = cv2.HOGDescriptor()
        self._hog.setSVMDetector(np.asarray(cv2.HOGDescriptor.getDefaultPeopleDetector(), dtype=np.float32))

    def find(self, picture: Image, moving: Mask | None = None) -> list[tuple[Box, float]]:
        """Boxes and how certain each is. `moving`: only what moves there counts."""
        boxes, weights = self._hog.detectMultiScale(
            picture, winStride=(8, 8), padding=(8, 8), scale=1.05, hitThreshold=0.0
        )
        if not len(boxes):
            return []
        certain = [float(weight) for weight in np.ravel(np.asarray(weights))]
        rectangles = [_box(box) for box in boxes]
        kept = cv2.dnn.NMSBoxes(rectangles, certain, CERTAIN, OVERLAP)
        found = [(rectangles[index], certain[index]) for index in np.ravel(np.asarray(kept, dtype=int))]
        if moving is None:
            return found
        shape = (picture.shape[0], picture.shape[1])
        return [(box, weight) for box, weight in found if _share(box, moving, shape) >= MOVES]


def _box(box: object) -> Box:
    x, y, width, height = (int(value) for value in np.ravel(np.asarray(box)))
    return x, y, width, height


def _share(box: Box, moving: Mask, shape: tuple[int, int]) -> float:
    down, across = moving.shape[0] / shape[0], moving.shape[1] / shape[1]
    x, y, width, height = box
    part = moving[
        max(0, int(y * down)) : max(0, int((y + height) * down)) + 1,
        max(0, int(x * across)) : max(0, int((x + width) * across)) + 1,
    ]
    return float(part.mean()) if part.size else 0.0
