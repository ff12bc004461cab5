"""How long a recorder waits before it connects again: pure."""

from __future__ import annotations

import random

PAUSES = (1.0, 5.0, 10.0, 60.0)
"""Seconds, by how many sessions in a row came to nothing; the last one for all further."""
AT_ONCE_SECONDS = 0.1
"""After a session that had brought video: a camera's hiccup, or a recorder that was killed."""
HEALTHY_SECONDS = 10.0
"""A session that has brought video for so long has worked."""
JITTER = 0.2
"""Not all cameras behind one switch at the same moment."""


def pause_after(
    failures: int, *, was_live: bool, lasting: bool, spread: random.Random | None = None
) -> float:
    """Seconds. `failures`: sessions in a row that did not last, this one included; `was_live`: this one had
    brought video; `lasting`: somebody has to change something first."""
    failures -= was_live  # one that had worked is worth a try at once
    if failures <= 0:
        return AT_ONCE_SECONDS
    pause = PAUSES[-1] if lasting else PAUSES[min(failures, len(PAUSES)) - 1]
    return pause * (spread or random).uniform(1 - JITTER, 1 + JITTER)  # no secret
