"""One pass over an archive: camera health, the activity curve and, where asked for, people and falls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from ecg.live.analysis.result import Activity, Finding
from ecg.live.analysis.vision import people as people_search
from ecg.live.analysis.vision.falls import FallWatch
from ecg.live.analysis.vision.footage import Footage, Image, Picture
from ecg.live.analysis.vision.health import health_findings
from ecg.live.analysis.vision.measures import WIDTH, Measures
from ecg.live.analysis.vision.motion import Mask, MotionWatch
from ecg.live.analysis.vision.people import PeopleDetector

RATE = 5.0
"""Pictures a second that are looked at: a fall takes one, and 5 of 25 cost a fifth."""
CURVE_SECONDS = 10.0
PEOPLE_SECONDS = 1.0
"""How often people are searched while something moves; the dearest step by far."""
STIRS = 0.002
"""Share of the picture from which on something moves."""

Telling = Callable[[float, str], None]


@dataclass(slots=True)
class Survey:
    """What the pass found. `motion` has one value a picture, beside its moment in `at`."""

    seconds: float = 0.0
    at: list[float] = field(default_factory=list)
    motion: list[float] = field(default_factory=list)
    """Share of the picture that moves, 0 to 1."""
    people: list[tuple[float, int]] = field(default_factory=list)
    """Moments at which people were searched, and how many were found."""
    searched: bool = False
    """Whether people are searched at all."""
    findings: Sequence[Finding] = ()

    @property
    def stirring(self) -> float:
        """Share of the time in which something moved."""
        return float(np.mean([value >= STIRS for value in self.motion])) if self.motion else 0.0

    @property
    def activity(self) -> list[Activity]:
        """The curve: a point every CURVE_SECONDS."""
        points = []
        for number in range(max(1, math.ceil(self.seconds / CURVE_SECONDS))):
            begin, end = number * CURVE_SECONDS, (number + 1) * CURVE_SECONDS
            motion = [value for at, value in zip(self.at, self.motion, strict=True) if begin <= at < end]
            people = [count for at, count in self.people if begin <= at < end]
            most = max(people, default=0) if self.searched else None
            points.append(Activity(begin, round(float(np.mean(motion)), 4) if motion else 0.0, most))
        return points


def survey(footage: Footage, *, people: bool, tell: Telling = lambda _share, _message: None) -> Survey:
    """Look at the whole archive once; `people`: search for people and falls, too.

    Raises MediaError for what is no video, and what `tell` and `footage.check` raise.
    """
    cv2.setNumThreads(1)  # a worker runs several jobs, and the cameras' recorder goes before all of them
    found, measures = Survey(searched=people), Measures()
    motion, falls = MotionWatch(RATE), FallWatch()
    detector = PeopleDetector() if people else None
    length = footage.seconds()
    for picture in footage.sampled(RATE, people_search.WIDTH if people else WIDTH):
        small = _small(picture.image)
        measures.take(picture.at, cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.uint8))
        share, moving = motion.take(picture.at, small)
        found.at.append(picture.at)
        found.motion.append(share)
        if detector is not None:
            falls.take(picture.at, moving)
            _search(found, detector, picture, moving)
        if length:
            tell(min(1.0, picture.at / length), "looking at the pictures")
    found.seconds = max(length, found.at[-1])
    health = health_findings(measures)
    found.findings = sorted([*health, *_believable(falls.findings, health)], key=lambda one: one.start)
    return found


def _search(found: Survey, detector: PeopleDetector, picture: Picture, moving: Mask) -> None:
    """Search for people where something moved within the last second, once a second."""
    last = found.people[-1][0] if found.people else -PEOPLE_SECONDS
    if found.motion[-1] >= STIRS and picture.at - last >= PEOPLE_SECONDS - 1e-3:
        found.people.append((picture.at, len(detector.find(picture.image, moving))))


def _believable(falls: Sequence[Finding], health: Sequence[Finding]) -> list[Finding]:
    """Falls that no trouble of the camera explains."""
    return [
        fall
        for fall in falls
        if not any(one.start - 2 <= fall.end and fall.start <= one.end + 2 for one in health)
    ]


def _small(image: Image) -> Image:
    height, width = image.shape[:2]
    if width <= WIDTH:
        return image
    size = (WIDTH, max(2, round(height * WIDTH / width)))
    small: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return small
