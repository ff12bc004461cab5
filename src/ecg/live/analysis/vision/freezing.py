"""Whether the picture stands still though time goes on.

A frozen camera repeats a picture; an empty corridor looks much the same. Two signs tell them apart, and each is
believed only against what this very archive shows elsewhere:

* *repeated pictures*: pictures differ by less than any sensor's noise, while elsewhere they do differ.
* *noise alone*: pictures differ, but only as noise does. Noise vanishes in the mean of a large area; light,
  shadows, people and exposure do not. Where the areas' means stand still to the limit that noise explains,
  while elsewhere they moved, the scene has stopped. A truly motionless scene can look like this: the
  confidence is low, and the description says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg.live.analysis.vision.measures import BLOCKS, Floats, Measures
from ecg.live.analysis.vision.stretches import Stretch, covered_by, stretches

SHORTEST = 8.0
"""Seconds; shorter ones are hiccups of the network."""
REPEATED = 0.06
"""Mean difference of two pictures (grey levels) below which one repeats the other: what an encoder that gets
the same picture again still changes."""
LIVELY = 4.0
"""How many times more must change elsewhere before stillness means anything."""
NOISE_SPAN = 3.0
"""Seconds over which means of areas are compared."""


@dataclass(frozen=True, slots=True)
class Frozen:
    stretch: Stretch
    description: str
    confidence: float
    method: str


def frozen_stretches(measures: Measures, blind: NDArray[np.bool_]) -> list[Frozen]:
    """When it stood still. `blind`: pictures that are black, white or covered, which need no other finding."""
    repeated = _repeated(measures, blind)
    noisy = _noise_alone(measures, blind, repeated)
    return [
        *(
            Frozen(one, "the picture is frozen: the same one again and again", 0.9, "repeated pictures")
            for one in repeated
        ),
        *(
            Frozen(
                one,
                "nothing but noise changes: the picture seems frozen (or the scene is motionless)",
                0.5,
                "noise alone",
            )
            for one in noisy
        ),
    ]


def _repeated(measures: Measures, blind: NDArray[np.bool_]) -> list[Stretch]:
    change = np.asarray(measures.change)
    still = (change < REPEATED) & ~blind
    living = change[~blind & ~np.isnan(change) & ~still]
    if len(living) < max(5, 0.02 * len(change)) or np.median(living) < LIVELY * REPEATED:
        return []  # nothing to compare with: this camera's pictures hardly ever change
    found = stretches(measures.at, still, shortest=SHORTEST, bridge=0.7)
    return found


def _noise_alone(measures: Measures, blind: NDArray[np.bool_], known: list[Stretch]) -> list[Stretch]:
    wander = _wander(measures)
    if wander is None:
        return []
    usable = ~blind & ~covered_by(measures.at, known, margin=NOISE_SPAN) & ~np.isnan(wander)
    if usable.sum() < 20:
        return []
    floor = _noise_floor(measures)
    still = usable & (wander < 2.0 * floor)
    lively = wander[usable & ~still]
    if len(lively) < 0.1 * usable.sum() or np.median(lively) < LIVELY * np.median(floor[usable]):
        return []
    return stretches(measures.at, still, shortest=SHORTEST, bridge=0.7)


def _wander(measures: Measures) -> Floats | None:
    """How far the means of areas spread within NOISE_SPAN around each picture: the most restless tenth."""
    at = np.asarray(measures.at)
    if len(at) < 10:
        return None
    step = float(np.median(np.diff(at)))
    half = max(2, round(NOISE_SPAN / 2 / max(step, 1e-3)))
    blocks = np.stack(measures.blocks).reshape(len(at), -1)
    spread = np.full(len(at), np.nan, dtype=np.float32)
    for index in range(len(at)):
        window = blocks[max(0, index - half) : index + half + 1]
        spread[index] = np.percentile(window.std(axis=0), 90)
    return spread


def _noise_floor(measures: Measures) -> Floats:
    """The spread that independent noise of single pixels leaves in the mean of an area.

    The mean absolute difference of two pictures with noise of deviation s is 2 s / √π.
    """
    change = np.nan_to_num(np.asarray(measures.change, dtype=np.float32), nan=0.0)
    sigma = change * np.sqrt(np.pi) / 2
    pixels = measures.pixels / (BLOCKS[0] * BLOCKS[1])
    floor: Floats = np.maximum(sigma / np.sqrt(max(1.0, pixels)), 0.02).astype(np.float32)
    return floor
