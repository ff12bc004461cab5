"""What may be sent to models today: a reservation before the call, the true figures after it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from ecg.database import Database
from ecg.live.analysis import repository
from ecg.live.analysis.repository import Grant
from ecg.settings import Settings

TOKENS_ASIDE = 2500
"""Rules, notes, schema and answer; a generous guess that `settle` corrects."""
TOKENS_A_FRAME = 300
"""A picture at low resolution: 66 to 258 with Gemini, 85 to about 300 elsewhere."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Of one camera."""

    database: Database
    settings: Settings
    tenant_id: str
    camera_id: str

    async def reserve(self, frames: int) -> Grant:
        """Up to so many pictures; `frames` of the answer is 0 when today's budget is spent."""
        while True:
            grant = await self._spend(frames)
            if grant is not None:
                return grant
            with contextlib.suppress(IntegrityError):  # another worker was first
                async with self.database.write() as connection:
                    await repository.begin_day(connection, self.tenant_id, self.camera_id)

    async def _spend(self, frames: int) -> Grant | None:
        async with self.database.write() as connection:
            return await repository.spend(
                connection,
                self.tenant_id,
                self.camera_id,
                frames=frames,
                tokens_of=(TOKENS_ASIDE, TOKENS_A_FRAME),
                frames_a_day=self.settings.vision_frames_per_day,
                tokens_a_day=self.settings.vision_tokens_per_day,
            )

    async def settle(self, grant: Grant, *, frames: int, tokens: int) -> None:
        async with self.database.write() as connection:
            await repository.settle(
                connection, self.tenant_id, self.camera_id, grant, frames=frames, tokens=tokens
            )
