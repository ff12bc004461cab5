"""The safety score of an archive, by a rule that anybody can check (docs/live-analysis.md).

    score = 100 × product over all incidents of (1 − weight of its severity × its confidence)

So no incident leaves 100, each one lowers the score, their order does not matter, and it never passes 0. The
weights say what one certain incident costs: a low one 3 points of 100, a critical one 60. No model is asked
for a score, and what a model says of one is not read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

from ecg.live.analysis.result import Severity

WEIGHTS = {Severity.LOW: 0.03, Severity.MEDIUM: 0.10, Severity.HIGH: 0.30, Severity.CRITICAL: 0.60}


class Weighed(Protocol):
    @property
    def severity(self) -> Severity: ...
    @property
    def confidence(self) -> float: ...


def safety_score(incidents: Iterable[Weighed]) -> int:
    """0 (worst) to 100 (nothing happened), rounded."""
    left = math.prod(1 - WEIGHTS[incident.severity] * incident.confidence for incident in incidents)
    return round(100 * left)
