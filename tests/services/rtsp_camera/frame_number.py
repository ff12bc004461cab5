"""The number that a clip's frames carry: sixteen blocks at the top left, and below them their opposites.

White is 1, the lowest bit stands first. The opposites tell a number from whatever else is in a picture.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

BITS = 16
_CONTRAST = 60
"""Between a block and its opposite, of 255; encoders blur."""


def block_side(height: int) -> int:
    """Pixels of a block's side in a picture of this height."""
    return height // 18 // 2 * 2


def read_number(gray: NDArray[np.uint8]) -> int | None:
    """The number in a picture (rows by columns of luma), or None where there is none."""
    side = block_side(gray.shape[0])
    if side == 0 or gray.shape[1] < side * BITS:
        return None
    blocks = gray[: 2 * side, : side * BITS].reshape(2, side, BITS, side).astype(np.float64)
    inner = slice(side // 4, side - side // 4)
    upper, lower = blocks[:, inner, :, inner].mean(axis=(1, 3))
    difference = upper - lower
    if np.abs(difference).min() < _CONTRAST:
        return None
    return int(sum(1 << bit for bit in range(BITS) if difference[bit] > 0))


def taken_at(number: int, *, now: float, rate: Fraction, frames: int) -> float:
    """When the frame was taken, in Unix seconds: the last time until `now` at which a clip showed it."""
    latest = int(now * float(rate))
    return (latest - (latest - number) % frames) / float(rate)
