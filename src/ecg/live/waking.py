"""How recording hosts hear that cameras changed. The row is the truth: a lost message costs one sweep."""

from __future__ import annotations

from ecg.jobs.live.state import LiveState

QUEUE = "live-cameras"
"""The name of the wake-up's channel, as a queue's."""


class CameraWaking:
    """Tells by Redis, where there is one."""

    def __init__(self, live: LiveState) -> None:
        self._live = live

    async def wake(self) -> None:
        await self._live.wake(QUEUE)
