"""From a file that FFmpeg closed, or left, to an archive: named, in the database, its analysis registered.

Every step may be done again: the archive's id follows from the file, its row is made before the file gets its
name, and the job's id follows from the archive. So a process that is killed anywhere in between is followed
by one that ends the same work, and nothing is registered twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from av.error import FFmpegError
from sqlalchemy.exc import IntegrityError

from ecg.database import Database, Record
from ecg.errors import EcgError, MediaError
from ecg.jobs.service import Jobs
from ecg.live.analysis.registering import ArchivePayload, register
from ecg.live.archives import naming, open_files, repository
from ecg.live.archives.fragments import cut_ragged_end
from ecg.live.archives.open_files import Note
from ecg.live.places import CameraPlaces
from ecg.media.guard import guarded_open

log = structlog.get_logger(__name__)

SHORTEST_MS = 200
"""What is shorter is no recording: a connection that ended at once."""
MOST_NAMES = 120
"""Tries to find a free name: a clock that was set back gives the same second again."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Whose files are closed, and where they are."""

    tenant_id: str
    camera_id: str
    places: CameraPlaces
    analyse: bool


class Closer:
    """`observe` is called with the seconds that registering an analysis took."""

    def __init__(
        self, database: Database, jobs: Jobs, host: str, *, observe: Callable[[float], None] = lambda _: None
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._host = host
        self._observe = observe

    async def close(self, recording: Recording, file: Path, note: Note) -> str | None:
        """The archive's id; None for a file that holds nothing. Raises what the database raises."""
        times = await asyncio.to_thread(_times, file, note)
        if times is None:
            await asyncio.to_thread(_discard, file)
            return None
        archive_id = naming.archive_id(recording.tenant_id, recording.camera_id, file.name)
        row = await self._row(recording, archive_id, times)
        await asyncio.to_thread(_move, file, recording.places.archive / row.file_name)
        if row.analyse and row.job_id is None:
            await self.register(row)
        log.info(
            "a recording was closed",
            camera_id=recording.camera_id,
            file=row.file_name,
            seconds=round((row.ended_at - row.started_at) / 1000, 1),
        )
        return archive_id

    async def register(self, row: Record) -> None:
        """Have the archive analysed; the only thing that the recording process does for that."""
        payload = ArchivePayload(
            camera_id=row.camera_id,
            archive_id=row.archive_id,
            video_path=row.file_name,
            segment_start=row.started_at,
            segment_end=row.ended_at,
        )
        began = time.perf_counter()
        submitted = await register(self._jobs, row.tenant_id, payload)
        self._observe(time.perf_counter() - began)
        async with self._database.write() as connection:
            await repository.set_job(connection, row.tenant_id, row.archive_id, submitted.view.job_id)

    async def register_missing(self) -> int:
        """What was closed while no job could be registered; answers how many were."""
        async with self._database.read() as connection:
            rows = await repository.unregistered(connection, self._host)
        for row in rows:
            await self.register(row)
        return len(rows)

    async def _row(self, recording: Recording, archive_id: str, times: _Times) -> Record:
        """The archive's row, made now or by an earlier try."""
        for second in range(MOST_NAMES):
            async with self._database.read() as connection:
                row = await repository.find(connection, recording.tenant_id, recording.camera_id, archive_id)
            if row is not None:
                return row
            try:
                async with self._database.write() as connection:
                    await repository.add(
                        connection,
                        archive_id=archive_id,
                        tenant_id=recording.tenant_id,
                        camera_id=recording.camera_id,
                        file_name=naming.archive_name(times.start + 1000 * second),
                        started_at=times.start,
                        ended_at=times.end,
                        size=times.size,
                        host=self._host,
                        analyse=recording.analyse,
                    )
            except IntegrityError:
                continue  # the name is taken, or the archive is there
        raise EcgError(f"{MOST_NAMES} recordings of {recording.camera_id} begin in the same seconds")


@dataclass(frozen=True, slots=True)
class _Times:
    start: int
    end: int
    size: int


def _times(file: Path, note: Note) -> _Times | None:
    """When a file begins and ends, and its size; what its note does not know, the file tells."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    start, end = note.start, note.end
    cut = cut_ragged_end(file)
    if start is None or end is None or cut:
        milliseconds = _length(file)
        if milliseconds < SHORTEST_MS:
            return None
        start = start if start is not None else int(status.st_mtime * 1000) - milliseconds
        end = start + milliseconds
    return _Times(start, end, file.stat().st_size) if end - start >= SHORTEST_MS else None


def _length(file: Path) -> int:
    """Milliseconds of video in a file that may have been cut off; 0 when nothing of it can be read."""
    try:
        with guarded_open(file) as container:
            first: float | None = None
            last = 0.0
            for packet in container.demux(video=0):
                if packet.pts is None or packet.size == 0 or packet.time_base is None:
                    continue
                at = float(packet.pts * packet.time_base)
                first = at if first is None else min(first, at)
                last = max(last, at + float((packet.duration or 0) * packet.time_base))
            return 0 if first is None else round((last - first) * 1000)
    except (MediaError, FFmpegError, IndexError, OSError):
        return 0


def _move(file: Path, target: Path) -> None:
    if file.exists():
        file.replace(target)
    open_files.forget(file)


def _discard(file: Path) -> None:
    file.unlink(missing_ok=True)
    open_files.forget(file)
