"""Whether the picture stands still though time goes on.

A frozen camera repeats a picture; an empty corridor looks much the same. Two signs tell them apart, and each
is believed only against what this very archive shows elsewhere:

* *repeated pictures*: pictures differ by less than any sensor's noise, while elsewhere they do differ.
* *noise alone, then a jump*: noise vanishes in the mean of a large area; light, people and exposure do not.
  Where the areas' means stand still and then many of them jump at once, the scene went on while the picture
  did not. A lamp that is switched on in an empty room does the same: the confidence is low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg.live.analysis.vision.measures import Floats, Measures
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
NOISE_SPREAD = 0.25
"""Grey levels that the mean of an area wanders by noise and encoding alone; the made clips have 0.15."""
JUMP = 1.0
"""Grey levels by which an area's mean jumps at the end of a freeze, at least."""
JUMP_SHARE = 0.25
"""Of all areas; somebody who comes in changes fewer."""


@dataclass(frozen=True, slots=True)
class Frozen:
    stretch: Stretch
    description: str
    confidence: float
    method: str


def frozen_stretches(measures: Measures, blind: NDArray[np.bool_]) -> list[Frozen]:
    """When it stood still. `blind`: pictures that show nothing, which need no other finding."""
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
                "nothing but noise changed, then the picture jumped: it seems to have been frozen",
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
    return stretches(measures.at, still, shortest=SHORTEST, bridge=0.7)


def _noise_alone(measures: Measures, blind: NDArray[np.bool_], known: list[Stretch]) -> list[Stretch]:
    if len(measures.at) < 20:
        return []
    at, blocks = measures.at, np.stack(measures.blocks).reshape(len(measures.at), -1)
    wander = _wander(measures, blocks)
    usable = ~blind & ~covered_by(at, known, margin=NOISE_SPAN)
    still = usable & (wander < NOISE_SPREAD)
    lively = wander[usable & ~still]
    if len(lively) < 0.1 * usable.sum() or np.median(lively) < LIVELY * NOISE_SPREAD:
        return []
    # the window of `_wander` reaches over the ends by half its span
    found = stretches(at, still, shortest=SHORTEST - NOISE_SPAN, bridge=0.7)
    wide = [(max(at[0], begin - NOISE_SPAN / 2), min(at[-1], end + NOISE_SPAN / 2)) for begin, end in found]
    return [one for one in wide if _jumps(np.asarray(at), blocks, one[1])]


def _jumps(at: NDArray[np.float64], blocks: Floats, end: float) -> bool:
    """Whether many areas jump about there from one picture to the next; usual steps do not count."""
    steps = np.abs(np.diff(blocks, axis=0))
    usual = np.median(steps)
    near = (at[1:] > end - 1.0) & (at[1:] < end + 1.0)
    if not near.any():
        return False
    share = (steps[near] > max(JUMP, 3 * usual)).mean(axis=1)
    return bool(share.max() >= JUMP_SHARE)


def _wander(measures: Measures, blocks: Floats) -> Floats:
    """How far the means of areas spread within NOISE_SPAN around each picture: the most restless tenth."""
    step = float(np.median(np.diff(measures.at)))
    half = max(2, round(NOISE_SPAN / 2 / max(step, 1e-3)))
    spread = np.empty(len(blocks), dtype=np.float32)
    for index in range(len(blocks)):
        window = blocks[max(0, index - half) : index + half + 1]
        spread[index] = np.percentile(window.std(axis=0), 90)
    return spread
