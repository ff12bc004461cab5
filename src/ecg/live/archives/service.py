"""What an organisation does with its recordings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ecg.database import Database, Record
from ecg.errors import InputError, NotFound
from ecg.live.archives import repository
from ecg.live.archives.timeline import Stretch, gaps_between
from ecg.live.cameras import repository as cameras_repository

ARCHIVE_ID = r"[0-9a-f]{32}"
LONGEST_CUT_MS = 12 * 3600 * 1000
"""Of one download."""
LONGEST_MS = 31 * 86_400_000
"""Of a timeline."""
MOST = 5000
"""Recordings in one timeline."""


@dataclass(frozen=True, slots=True)
class Recorded:
    archives: list[Record]
    gaps: list[Stretch]


class Archives:
    """Archives on one database. Every call is within a tenant."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def timeline(self, tenant_id: str, camera_id: str, start: int, end: int) -> Recorded:
        """Raises NotFound for a camera, and InputError for times that make no sense."""
        check_span(start, end, LONGEST_MS)
        async with self.database.read() as connection:
            camera = await cameras_repository.find(connection, tenant_id, camera_id)
            if camera is None:
                raise NotFound(f"there is no camera {camera_id!r}", where="camera_id")
            rows = await repository.between(connection, tenant_id, camera_id, start, end, limit=MOST)
            incidents = await cameras_repository.incidents_between(
                connection, tenant_id, camera_id, start, end
            )
        now = int(camera.now)
        writing = [Stretch(max((row.ended_at for row in rows), default=now), now)] if _live(camera) else []
        recorded = [Stretch(row.started_at, row.ended_at) for row in rows]
        known = [Stretch(one.started_at, one.ended_at or now, one.kind) for one in incidents]
        begin = max(start, camera.created_at)
        covered = [*recorded, *_recording_now(camera, writing)]
        return Recorded(list(rows), gaps_between(covered, begin, min(end, now), known))

    async def get(self, tenant_id: str, camera_id: str, archive_id: str) -> Record:
        """Raises NotFound."""
        async with self.database.read() as connection:
            row = await repository.find(connection, tenant_id, camera_id, archive_id)
        if row is None:
            raise NotFound(f"there is no recording {archive_id!r}", where="archive_id")
        return row

    async def keep(self, tenant_id: str, camera_id: str, archive_id: str, kept: bool) -> Record:
        """Keep it whatever its age, or no longer. Raises NotFound."""
        async with self.database.write() as connection:
            await repository.keep(connection, tenant_id, camera_id, archive_id, kept)
        return await self.get(tenant_id, camera_id, archive_id)


def check_span(start: int, end: int, longest: int) -> None:
    """Raises InputError."""
    if end <= start:
        raise InputError("the time ends before it begins", where="to")
    if end - start > longest:
        raise InputError(f"the time is longer than {longest // 3_600_000} hours", where="to")


def milliseconds_of(moment: datetime, where: str) -> int:
    """Since 1970; a moment without a zone is in UTC. Raises InputError."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    found = round(aware.timestamp() * 1000)
    if not 0 <= found < 2**42:
        raise InputError("that is no time of a recording", where=where)
    return found


def _live(camera: Record) -> bool:
    return bool(camera.wanted) and camera.state == "live"


def _recording_now(camera: Record, writing: list[Stretch]) -> list[Stretch]:
    """What is recorded and not closed yet, as far as the stream has been alive since."""
    return [Stretch(max(one.start, camera.state_since), one.end) for one in writing]
