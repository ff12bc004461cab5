"""What killed uploads left behind is removed once a day, by every server that has the store open."""

from __future__ import annotations

import asyncio

import structlog

from ecg.errors import EcgError
from ecg.store.objects import ObjectStore

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 24 * 3600.0
FIRST_SECONDS = 60.0
"""Not while a server starts."""


async def keep_swept(
    store: ObjectStore, *, first_seconds: float = FIRST_SECONDS, pause_seconds: float = PAUSE_SECONDS
) -> None:
    """Sweep again and again, until cancelled."""
    await asyncio.sleep(first_seconds)
    while True:
        try:
            swept = await asyncio.to_thread(store.sweep)
        except EcgError as error:
            log.warning("the store cannot be swept", error=str(error))
        else:
            if swept:
                log.info("unfinished uploads were removed", count=swept)
        await asyncio.sleep(pause_seconds)
