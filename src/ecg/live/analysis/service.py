"""What people ask of analyses: which jobs there are, what was seen, to try again. Always within a tenant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record
from ecg.errors import InputError, NotFound
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.live.analysis import repository
from ecg.live.analysis.registering import KIND
from ecg.live.analysis.schemas import JobStatus
from ecg.live.archives import repository as archives
from ecg.live.cameras import repository as cameras
from ecg.store import ObjectStore

STATES: dict[JobStatus, tuple[State, ...]] = {
    "pending": (State.PENDING,),
    "processing": (State.PROCESSING,),
    "completed": (State.DONE,),
    "failed": (State.FAILED, State.CANCELLED),
}
STATUS: dict[str, JobStatus] = {state.value: status for status, states in STATES.items() for state in states}


@dataclass(frozen=True, slots=True)
class Page:
    """`next_cursor` is None on the last page."""

    rows: Sequence[Record]
    next_cursor: str | None


class Analyses:
    def __init__(self, database: Database, jobs: Jobs, store: ObjectStore, *, link_seconds: int) -> None:
        """`link_seconds`: how long links to stills work."""
        self._database = database
        self._jobs = jobs
        self._store = store
        self._link_seconds = link_seconds

    async def jobs(
        self,
        tenant_id: str,
        *,
        camera_id: str | None,
        status: JobStatus | None,
        cursor: str | None,
        limit: int,
    ) -> Page:
        """Jobs, youngest first. Raises NotFound for a camera that is not there, and InputError for a cursor
        that is not one of ours."""
        async with self._database.read() as connection:
            if camera_id is not None:
                await _check_camera(connection, tenant_id, camera_id)
            rows = await repository.jobs_page(
                connection,
                tenant_id,
                camera_id=camera_id,
                states=STATES[status] if status else (),
                before=_serial(cursor),
                limit=limit + 1,
            )
        shown = rows[:limit]
        return Page(shown, str(shown[-1].serial) if len(rows) > limit else None)

    async def retry(self, tenant_id: str, job_id: str) -> Record:
        """Have a failed analysis tried again, as a new job; answers that. Raises NotFound and Conflict."""
        async with self._database.read() as connection:
            row = await repository.find_job(connection, tenant_id, job_id)
        if row is None:
            raise NotFound(f"there is no analysis job {job_id!r}", where="job_id")
        again = await self._jobs.retry(tenant_id, job_id)
        async with self._database.write() as connection:
            await archives.set_job(connection, tenant_id, payload_of(row)["archive_id"], again.job_id)
            new = await repository.find_job(connection, tenant_id, again.job_id)
        assert new is not None  # noqa: S101  # it was registered just now
        return new

    async def of_camera(
        self, tenant_id: str, camera_id: str, *, first: int | None, before: int | None, limit: int
    ) -> Sequence[Record]:
        """Analyses that touch ``[first, before)`` (milliseconds), youngest first. Raises NotFound."""
        async with self._database.read() as connection:
            await _check_camera(connection, tenant_id, camera_id)
            return await repository.between(
                connection, tenant_id, camera_id, first=first, before=before, limit=limit
            )

    def still_url(self, key: str) -> str:
        """A link to a picture of an incident."""
        return self._store.download_url(key, seconds=self._link_seconds)


def payload_of(row: Record) -> dict[str, Any]:
    """The job's ArchivePayload as JSON values."""
    assert row.kind == KIND  # noqa: S101  # nothing else is listed
    found: dict[str, Any] = json.loads(row.payload)
    return found


async def _check_camera(connection: AsyncConnection, tenant_id: str, camera_id: str) -> None:
    if await cameras.find(connection, tenant_id, camera_id) is None:
        raise NotFound(f"there is no camera {camera_id!r}", where="camera_id")


def _serial(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InputError("the cursor is not one of ours", where="query cursor")
    return int(cursor)
