"""How much moves: background subtraction (a mixture of Gaussians for each pixel, Zivkovic 2004)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ecg.live.analysis.vision.footage import Image

HISTORY_SECONDS = 60.0
VAR_THRESHOLD = 30.0
"""Squared distance in deviations; a camera's noise at night is large."""
LEARNING_SECONDS = 4.0
"""At the beginning, what moves is not told from what is there."""
WHOLE_PICTURE = 0.7
"""A share beyond this is a lamp that was switched, or the camera itself; not somebody who moves."""

Mask = NDArray[np.uint8]

_SPECKS = np.ones((3, 3), np.uint8)
_HOLES = np.ones((9, 9), np.uint8)


class MotionWatch:
    """Follows the background from picture to picture."""

    def __init__(self, rate: float) -> None:
        self._model = cv2.createBackgroundSubtractorMOG2(
            round(HISTORY_SECONDS * rate), VAR_THRESHOLD, detectShadows=True
        )
        self._fast = 1 / (LEARNING_SECONDS * rate)
        self._slow = 1 / (HISTORY_SECONDS * rate)

    def take(self, at: float, picture: Image) -> tuple[float, Mask]:
        """The share of the picture that moves (0 to 1), and where; shadows do not count."""
        learning = at < LEARNING_SECONDS
        found = self._model.apply(picture, learningRate=self._fast if learning else self._slow)
        mask = (found == 255).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _SPECKS).astype(np.uint8)
        share = float(mask.mean())
        if learning or share > WHOLE_PICTURE:
            return 0.0, np.zeros_like(mask)
        return share, cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _HOLES).astype(np.uint8)
