"""Messages on a real spine, with a worker when a test wants one."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ecg.jobs.workers.worker import Worker
from ecg.messages import Messages
from ecg.messages.schemas import MessageDocument
from ecg.messages.tasks import QUEUE
from ecg.settings import Settings
from tests.jobs.workplace import Workplace, workplace
from tests.messages.letters import VALUES

MAIL = {"channel": "email", "to": "kim@example.com", "template": "verify-email", "values": VALUES}


@dataclass
class Office:
    messages: Messages
    settings: Settings
    place: Workplace

    async def send(self, *, tenant_id: str = "tenant", **message: Any) -> str:
        accepted = await self.messages.send(tenant_id=tenant_id, **{**MAIL, **message})
        return accepted.message_id

    def hire(self) -> None:
        worker = Worker(self.settings, self.messages.jobs, queues=[QUEUE])
        self.place.workers[worker] = asyncio.create_task(worker.run())

    async def until(
        self, message_id: str, met: Callable[[MessageDocument], bool], *, tenant_id: str = "tenant"
    ) -> MessageDocument:
        """What the log says as soon as it says that."""
        async with asyncio.timeout(60):
            while not met(found := await self.messages.get(tenant_id, message_id)):
                await asyncio.sleep(0.02)
        return found

    async def row(self, message_id: str) -> Any:
        async with self.messages.database.read() as connection:
            query = text("SELECT * FROM messages WHERE message_id = :id")
            return (await connection.execute(query, {"id": message_id})).one()

    async def change(self, statement: str, **values: Any) -> None:
        async with self.messages.database.write() as connection:
            await connection.execute(text(statement), values)


@asynccontextmanager
async def office(url: str, folder: Path, **settings: Any) -> AsyncIterator[Office]:
    async with workplace(url, folder, **settings) as place:
        made = Office(Messages(place.jobs, place.settings), place.settings, place)
        await made.change("DELETE FROM messages")
        yield made


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a coroutine."""

    @functools.wraps(test)
    def run(*given: Any, **named: Any) -> None:
        asyncio.run(test(*given, **named))

    return run
