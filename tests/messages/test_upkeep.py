"""The log forgets in time, and the looking after survives a database that is away."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from ecg.messages import keep_messages
from ecg.messages.delivery import deliver
from tests.messages.office import in_loop, office


@in_loop
async def test_old_messages_are_forgotten_and_those_that_wait_are_not(
    database_url: str, tmp_path: Path
) -> None:
    async with office(database_url, tmp_path) as desk:
        old, waiting, young = [await desk.send() for _ in range(3)]
        for message_id in (old, young):
            await deliver(desk.settings, "tenant", message_id, last=False)
        await desk.change("UPDATE messages SET created_at = 0 WHERE message_id <> :id", id=young)
        keeping = asyncio.create_task(keep_messages(desk.messages, desk.settings, pause_seconds=0.05))
        async with asyncio.timeout(60):
            while len((await desk.messages.log(tenant_id="tenant")).messages) > 2:
                await asyncio.sleep(0.02)
        left = (await desk.messages.log(tenant_id="tenant")).messages
        assert [each.message_id for each in left] == [young, waiting]
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
