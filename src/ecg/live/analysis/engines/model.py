"""The engine that asks a model: this machine surveys the recording, and chooses what the model is shown.

What the survey proves (a covered lens, a frozen picture) stands whatever the model says, so a model that was
talked into silence by a sheet of paper cannot make a blind camera safe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

import cv2

from ecg.live.analysis.engines.asking import Answered, Model, ask
from ecg.live.analysis.engines.base import UNSEEN, Seen, Telling, Wishes
from ecg.live.analysis.engines.budget import Budget
from ecg.live.analysis.engines.choosing import choose_moments
from ecg.live.analysis.engines.local import LocalEngine
from ecg.live.analysis.engines.prompt import Question, Still
from ecg.live.analysis.result import MAX_INCIDENTS
from ecg.live.analysis.vision.footage import Footage, Image
from ecg.live.analysis.vision.survey import Survey, survey
from ecg.net.breaker import Breaker, CircuitOpen
from ecg.settings import Settings

STILL_WIDTH = 640
JPEG_QUALITY = 80
SURVEY_SHARE = 0.7
"""Of the look; the rest is the model's."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What asking needs besides the model; open while one question is asked."""

    budget: Budget
    breaker: Breaker


Opening = Callable[[], AbstractAsyncContextManager[Surroundings]]


class ModelEngine:
    def __init__(self, model: Model, settings: Settings, opened: Opening) -> None:
        self.name = model.name
        self._model = model
        self._settings = settings
        self._opened = opened

    def check_ready(self) -> None:
        asyncio.run(self._check_ready())

    def look(self, footage: Footage, wishes: Wishes, tell: Telling) -> Seen:
        """Survey, choose, ask. Where today's budget is spent, this machine looks alone and a note says so."""
        seen = survey(footage, people=False, tell=lambda share, message: tell(share * SURVEY_SHARE, message))
        answered = asyncio.run(self._ask(footage, seen, wishes, tell))
        if answered is None:
            alone = LocalEngine().look(footage, wishes, tell)
            note = f"today's budget of the engine {self.name} is spent: this machine looked alone"
            return replace(alone, note=note)
        answer, frames = answered
        findings = sorted([*seen.findings, *answer.findings], key=lambda one: one.start)[:MAX_INCIDENTS]
        return Seen(
            seconds=seen.seconds,
            findings=findings,
            activity=seen.activity,
            summary=answer.summary,
            engine=self.name,
            model=self._model.model,
            frames=frames,
            tokens=answer.tokens,
        )

    async def _check_ready(self) -> None:
        async with self._opened() as around:
            status = await around.breaker.status()
        if status.state == "open":
            raise CircuitOpen(around.breaker.name, status.retry_seconds or 0)

    async def _ask(
        self, footage: Footage, seen: Survey, wishes: Wishes, tell: Telling
    ) -> tuple[Answered, int] | None:
        """The answer and how many pictures it is about; None when there is no budget left."""
        moments = choose_moments(seen.at, seen.motion, self._settings.vision_frames_per_archive)
        async with self._opened() as around:
            grant = await around.budget.reserve(len(moments))
            if not grant.frames:
                return None
            if grant.frames < len(moments):
                moments = choose_moments(seen.at, seen.motion, grant.frames)
            tell(SURVEY_SHARE, f"asking {self._model.model}")
            try:
                stills = await asyncio.to_thread(_stills, footage, moments)
                question = Question(seen.seconds, stills, wishes, seen.stirring)
                answer = await ask(
                    self._model, question, around.breaker, attempts=self._settings.vision_attempts
                )
            except UNSEEN:
                await around.budget.settle(grant, frames=0, tokens=0)
                raise
            await around.budget.settle(grant, frames=len(stills), tokens=answer.tokens)
            return answer, len(stills)


def _stills(footage: Footage, moments: list[float]) -> list[Still]:
    return [Still(picture.at, jpeg(picture.image)) for picture in footage.stills(moments, STILL_WIDTH)]


def jpeg(image: Image, quality: int = JPEG_QUALITY) -> bytes:
    """The picture as a JPEG."""
    done, coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert done  # noqa: S101  # three channels of eight bits can always be coded
    return coded.tobytes()
