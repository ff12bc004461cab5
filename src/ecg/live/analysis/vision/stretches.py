"""From what holds of single pictures to stretches of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Stretch = tuple[float, float]
"""From and to, in seconds."""


def stretches(
    at: Sequence[float], holds: NDArray[np.bool_], *, shortest: float, bridge: float = 1.5
) -> list[Stretch]:
    """Where it holds for at least `shortest` seconds; interruptions up to `bridge` seconds do not count."""
    step = float(np.median(np.diff(at))) if len(at) > 1 else 0.0
    found: list[list[float]] = []
    for moment, flag in zip(at, holds, strict=True):
        if not flag:
            continue
        if found and moment - found[-1][1] <= bridge + step:
            found[-1][1] = moment + step
        else:
            found.append([moment, moment + step])
    end = at[-1] if len(at) else 0.0
    return [(begin, min(last, end)) for begin, last in found if min(last, end) - begin >= shortest - step]


def covered_by(at: Sequence[float], spans: Sequence[Stretch], margin: float = 0.0) -> NDArray[np.bool_]:
    """Which of the moments lie within one of the stretches."""
    moments = np.asarray(at, dtype=float)
    inside = np.zeros(len(moments), dtype=bool)
    for begin, end in spans:
        inside |= (moments >= begin - margin) & (moments <= end + margin)
    return inside
