"""A fall, as an experiment: something upright that moved becomes something flat that stays where it is.

What moves is followed as blobs. A blob that was upright for a while, turned flat within about a second,
close to where it stood, and then stays flat and in place, is taken for a person who fell. Somebody who bends
or sits down comes up again or never is so flat. It overlooks falls towards and away from the camera, in the
distance and behind furniture, and it takes a falling coat rack for a person: its confidence says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2

from ecg.live.analysis.result import Category, Finding, Severity
from ecg.live.analysis.vision.motion import Mask

SMALLEST = 0.003
"""Share of the picture that a blob has at least."""
UPRIGHT = 1.3
"""Height over width of somebody who stands."""
FLAT = 0.85
UPRIGHT_SECONDS = 1.0
"""Of the UPRIGHT_WITHIN before the fall."""
UPRIGHT_WITHIN = 3.0
FALLING_SECONDS = 1.5
STAYS_SECONDS = 4.0
"""How long it lies before it counts; who bends down is up again by then, mostly."""
NEAR = 0.15
"""Share of the picture's width that it moves at most while it lies."""
REPEAT_SECONDS = 20.0
CONFIDENCE = 0.5


@dataclass(slots=True)
class _Sight:
    at: float
    shape: float
    """Height over width."""
    x: float
    y: float
    """Of its middle, as shares of the picture's width."""


@dataclass(slots=True)
class _Track:
    sights: list[_Sight] = field(default_factory=list)
    told: float | None = None


class FallWatch:
    """Follows blobs from picture to picture."""

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self.findings: list[Finding] = []

    def take(self, at: float, moving: Mask) -> None:
        sights = _sights(at, moving)
        self._tracks = [track for track in self._tracks if at - track.sights[-1].at < FALLING_SECONDS]
        free = list(self._tracks)
        for sight in sights:
            track = min(free, key=lambda one: _distance(one.sights[-1], sight), default=None)
            if track is None or _distance(track.sights[-1], sight) > NEAR:
                self._tracks.append(_Track([sight]))
                continue
            free.remove(track)
            track.sights.append(sight)
            self._judge(track)
            horizon = at - UPRIGHT_WITHIN - FALLING_SECONDS - STAYS_SECONDS - 1
            track.sights = [one for one in track.sights if one.at >= horizon]

    def _judge(self, track: _Track) -> None:
        now = track.sights[-1]
        if track.told is not None and now.at - track.told < REPEAT_SECONDS:
            return
        lying = [one for one in track.sights if one.at > now.at - STAYS_SECONDS]
        if now.at - track.sights[0].at < STAYS_SECONDS or len(lying) < 4:
            return
        if any(one.shape > FLAT or _distance(one, now) > NEAR / 2 for one in lying):
            return
        flat_since = lying[0].at
        for one in reversed(track.sights):
            if one.at < flat_since and one.shape > FLAT:
                break
            flat_since = min(flat_since, one.at)
        before = [one for one in track.sights if flat_since - UPRIGHT_WITHIN <= one.at < flat_since]
        upright = [one for one in before if one.shape >= UPRIGHT]
        if not upright or flat_since - upright[-1].at > FALLING_SECONDS:
            return
        step = (before[-1].at - before[0].at) / max(1, len(before) - 1)
        if len(upright) * step < UPRIGHT_SECONDS or now.y <= upright[-1].y:
            return
        track.told = now.at
        self.findings.append(_finding(upright[-1].at, now.at))


def _finding(begin: float, end: float) -> Finding:
    return Finding(
        category=Category.FALL,
        severity=Severity.HIGH,
        start=begin,
        end=end,
        description="somebody who stood seems to have fallen and to stay lying (experimental)",
        confidence=CONFIDENCE,
        method="shape of what moves (experimental)",
    )


def _sights(at: float, moving: Mask) -> list[_Sight]:
    height, width = moving.shape
    count, _, stats, middles = cv2.connectedComponentsWithStats(moving)
    return [
        _Sight(
            at,
            float(stats[index][3]) / max(1.0, float(stats[index][2])),
            float(middles[index][0]) / width,
            float(middles[index][1]) / width,
        )
        for index in range(1, count)
        if stats[index][4] >= SMALLEST * height * width
    ]


def _distance(one: _Sight, other: _Sight) -> float:
    return float(((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5)
