"""What is wrong with the camera: black, white, covered, moved, frozen. A pure function of the measures.

The whole archive is known when this is judged, so "usual" means usual in this archive: a covered lens is one
that shows much less detail than the same camera did in its better quarter. Where an archive shows nothing
else from beginning to end, only absolute rules are left, and they are strict.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ecg.live.analysis.result import Category, Finding, Severity
from ecg.live.analysis.vision.freezing import frozen_stretches
from ecg.live.analysis.vision.measures import Measures
from ecg.live.analysis.vision.stretches import Stretch, covered_by, stretches
from ecg.live.analysis.vision.viewpoint import moved_stretches

BLACK_MEAN, BLACK_SPREAD = 20.0, 8.0
WHITE_MEAN, WHITE_SPREAD = 235.0, 12.0
BLURRED_SHARE = 0.2
"""A picture with less of the usual sharpness is covered or out of focus."""
FLAT_SHARPNESS, FLAT_SPREAD = 6.0, 20.0
"""Nothing to be seen at all, whatever is usual."""
SHORTEST = {"black": 2.0, "white": 2.0, "covered": 3.0}


def health_findings(measures: Measures) -> list[Finding]:
    """What is wrong, in the order of time."""
    if not measures.at:
        return []
    at = measures.at
    mean, spread = np.asarray(measures.mean), np.asarray(measures.spread)
    black = stretches(at, (mean < BLACK_MEAN) & (spread < BLACK_SPREAD), shortest=SHORTEST["black"])
    white = stretches(at, (mean > WHITE_MEAN) & (spread < WHITE_SPREAD), shortest=SHORTEST["white"])
    blind = covered_by(at, [*black, *white], margin=0.5)
    covered = stretches(at, _covered(measures, ~blind) & ~blind, shortest=SHORTEST["covered"])
    blind |= covered_by(at, covered, margin=0.5)
    moved = moved_stretches(measures, blind)
    frozen = frozen_stretches(measures, blind)
    findings = [
        *_findings(Category.CAMERA_BLACK, black, "the picture is black", 0.95, "brightness"),
        *_findings(
            Category.CAMERA_WHITE, white, "the picture is white: dazzled or overexposed", 0.95, "brightness"
        ),
        *_findings(Category.CAMERA_COVERED, covered, "the lens is covered or out of focus", 0.8, "sharpness"),
        *_findings(Category.CAMERA_MOVED, moved, "the camera looks elsewhere", 0.8, "view"),
        *(
            finding
            for one in frozen
            for finding in _findings(
                Category.CAMERA_FROZEN, [one.stretch], one.description, one.confidence, one.method
            )
        ),
    ]
    return sorted(findings, key=lambda finding: finding.start)


def _covered(measures: Measures, usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    sharpness, spread = np.asarray(measures.sharpness), np.asarray(measures.spread)
    flat = (sharpness < FLAT_SHARPNESS) & (spread < FLAT_SPREAD)
    if not usable.any():
        return flat
    usual = float(np.percentile(sharpness[usable], 75))
    return flat | (sharpness < BLURRED_SHARE * usual)


def _findings(
    category: Category, spans: Sequence[Stretch], description: str, confidence: float, method: str
) -> list[Finding]:
    return [
        Finding(
            category=category,
            severity=_severity(category, end - begin),
            start=begin,
            end=end,
            description=f"{description} for {end - begin:.0f} s",
            confidence=confidence,
            method=f"camera health: {method}",
        )
        for begin, end in spans
    ]


def _severity(category: Category, seconds: float) -> Severity:
    """A blind camera guards nothing: the longer, the worse. One that moved still sees something."""
    if category is Category.CAMERA_MOVED:
        return Severity.MEDIUM
    if seconds >= 60:
        return Severity.HIGH
    return Severity.MEDIUM if seconds >= 10 else Severity.LOW
