"""Which pictures a model is shown: where something happens, and enough of the rest to know the place.

Models cost by the picture. The recording is cut into as many parts of equal activity as pictures may be sent,
so that a busy minute gets more of them than a quiet hour; where nothing moves, one or two tell that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecg.live.analysis.vision.survey import STIRS

QUIET_FRAMES = 2
"""Of a recording in which nothing moves."""
BASE = 0.25
"""How much of the choice goes by time alone: what happens slowly moves little."""


def choose_moments(at: Sequence[float], motion: Sequence[float], most: int) -> list[float]:
    """At most `most` moments, in order; `motion` has a value for each moment of `at`."""
    if most < 1 or not at:
        return []
    moving = np.clip(np.asarray(motion, dtype=float), 0, 0.25)
    moving[moving < STIRS] = 0
    if not moving.any():
        count = min(most, QUIET_FRAMES, len(at))
        return [float(at[int((number + 0.5) * len(at) / count)]) for number in range(count)]
    weight = (1 - BASE) * moving / moving.sum() + BASE / len(at)
    reached = np.cumsum(weight) / weight.sum()
    wanted = (np.arange(min(most, len(at))) + 0.5) / min(most, len(at))
    chosen = np.unique(np.minimum(np.searchsorted(reached, wanted), len(at) - 1))
    return [float(at[index]) for index in chosen]
