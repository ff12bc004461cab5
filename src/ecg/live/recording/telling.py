"""What recorders tell, kept in the database as soon as it answers, in order, without a recorder waiting."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database
from ecg.live.cameras import repository
from ecg.live.events import NewEvent, Severity, record

log = structlog.get_logger(__name__)

MOST_WAITING = 10_000
PAUSE_SECONDS = 1.0

Write = Callable[[AsyncConnection], Awaitable[object]]

SEVERITIES: dict[str, Severity] = {"stall": "medium", "reconnect": "low", "failed": "medium"}


class Ledger:
    """Writes that wait their turn."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: asyncio.Queue[Write] = asyncio.Queue(MOST_WAITING)

    def add(self, write: Write) -> None:
        try:
            self._waiting.put_nowait(write)
        except asyncio.QueueFull:
            log.error("the database is away for too long: what happened to streams is forgotten")

    async def run(self) -> None:
        while True:
            write = await self._waiting.get()
            try:
                await self._keep(write)
            finally:
                self._waiting.task_done()

    async def empty(self, seconds: float) -> None:
        """Until everything is kept, or for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._waiting.join()
        except TimeoutError:
            log.warning("not all that happened to streams could be kept")

    async def _keep(self, write: Write) -> None:
        told = False
        while True:
            try:
                async with self._database.write() as connection:
                    await write(connection)
                return
            except (SQLAlchemyError, OSError) as error:
                if not told:
                    log.warning("the database is away: recording goes on", error=str(error))
                    told = True
                await asyncio.sleep(PAUSE_SECONDS)


def incident_begins(tenant_id: str, camera_id: str, *, kind: str, code: str, message: str, at: int) -> Write:
    """The write of a new incident and of its event."""
    incident_id = secrets.token_hex(16)

    async def write(connection: AsyncConnection) -> None:
        await repository.end_incidents(connection, tenant_id, camera_id, at)
        await repository.begin_incident(
            connection,
            incident_id=incident_id,
            tenant_id=tenant_id,
            camera_id=camera_id,
            kind=kind,
            code=code,
            message=message,
            started_at=at,
        )
        event = NewEvent(
            key=f"stream:{incident_id}",
            at=at,
            source="stream",
            kind=kind,
            severity=SEVERITIES[kind],
            category="stream",
            description=message,
            method="recorder",
        )
        await record(connection, tenant_id, camera_id, [event])

    return write


def incidents_end(tenant_id: str, camera_id: str, at: int) -> Write:
    async def write(connection: AsyncConnection) -> None:
        await repository.end_incidents(connection, tenant_id, camera_id, at)

    return write
