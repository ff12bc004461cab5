"""How long a render takes and waits: from the measured speed of finished renders, never from a constant.

Before the first render is done, the speed is that of the calibration (`ecg.render.calibration`).
"""

from __future__ import annotations

from ecg.intake.header import VideoFacts
from ecg.jobs.monitoring.outlook import Outlook
from ecg.jobs.service import Jobs
from ecg.render.expectation import picture_size, work_of
from ecg.render.schemas import RenderPayload
from ecg.render.tasks import CALIBRATION, QUEUE, RENDER

_ASSUMED_RATE = 30.0
"""Frames a second of a video whose header does not tell; only the size of the work hangs on it."""


def expected_work(payload: RenderPayload, facts: VideoFacts, scenario_end: float) -> float | None:
    """Megapixel-frames, as far as the header and the scenario tell; None when nobody knows the length."""
    seconds = facts.duration or scenario_end
    if not seconds:
        return None
    rate = facts.frames / seconds if facts.frames and facts.duration else _ASSUMED_RATE
    if payload.options.fps:
        numerator, _, denominator = payload.options.fps.partition("/")
        rate = int(numerator) / int(denominator or 1)
    return work_of(*picture_size(payload, facts.size), seconds * rate)


class Estimates(Outlook):
    """The outlook of the render queue, in megapixel-frames."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__(jobs, queue=QUEUE, kinds=(RENDER, CALIBRATION))
