"""Times for words that nobody timed, by interpolation between those that are known, and marked so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from ecg.speech.engines.base import HeardWord


def interpolate(words: Sequence[HeardWord], *, start: float, end: float) -> list[HeardWord]:
    """Share the gap around each run of untimed words among them by their length.

    Args:
        start: no word begins before this, in seconds.
        end: no word ends after this.
    """
    runs = [list(run) for _, run in groupby(words, key=_timed)]
    timed: list[HeardWord] = []
    for i, run in enumerate(runs):
        if _timed(run[0]):
            timed += run
            continue
        earliest = timed[-1].end if timed and timed[-1].end is not None else start
        following = runs[i + 1][0].start if i + 1 < len(runs) else None
        timed += share(run, earliest, following if following is not None else end)
    return timed


def share(words: Sequence[HeardWord], start: float, end: float) -> list[HeardWord]:
    """Spread `words` over `start` to `end` by their letters; all are marked ``interpolated``."""
    end = max(start, end)
    letters = [max(1, len(word.text)) for word in words]
    unit = (end - start) / sum(letters) if words else 0.0
    at, shared = start, []
    for word, count in zip(words, letters, strict=True):
        after = min(end, at + unit * count)
        shared.append(replace(word, start=at, end=after, timing="interpolated"))
        at = after
    return shared


def _timed(word: HeardWord) -> bool:
    return word.start is not None and word.end is not None
