"""Rows as recorders and analyses write them, in a database of the tests' own; moments in ms since 1970.

Times begin at `T0`, which is midnight in UTC and nine in the morning in Seoul.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, text

from ecg.database import Database, migrate, table_of
from ecg.live.analysis.models import ArchiveAnalysis
from ecg.live.analysis.result import ArchiveResult
from ecg.live.archives.models import Archive
from ecg.live.cameras import repository as cameras
from ecg.live.cameras.schemas import AnalysisSettings
from ecg.live.events import NewEvent, record
from ecg.live.recording.telling import incident_begins, incidents_end

T0 = int(datetime(2026, 3, 10, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE
TABLES = (
    "alerts",
    "alert_settings",
    "archive_analyses",
    "camera_archives",
    "cameras",
    "disk_reports",
    "job_workers",
    "jobs",
    "messages",
    "monitoring_events",
    "stream_incidents",
    "watch_leases",
)
_numbers = itertools.count(1)


def iso(moment: int) -> str:
    return (
        datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def incident(start: int, *, seconds: int = 5, **more: Any) -> dict[str, Any]:
    """As an analysis keeps it."""
    return {
        "severity": "high",
        "category": "fall",
        "start": iso(start),
        "end": iso(start + seconds * 1000),
        "description": "somebody fell",
        "confidence": 0.8,
        "method": "posture",
        "still_key": None,
        **more,
    }


@dataclass
class Rows:
    """Writes what others write."""

    database: Database

    async def now(self) -> int:
        async with self.database.read() as connection:
            return await cameras.moment_now(connection)

    async def camera(self, camera_id: str = "door", tenant_id: str = "tenant", **more: Any) -> None:
        analysis = AnalysisSettings(enabled=more.pop("analysed", True)).model_dump_json()
        created = more.pop("created_at", T0)
        later = {name: more.pop(name) for name in ("state", "state_since") if name in more}
        values = {
            "name": f"The {camera_id}",
            "sealed_url": "sealed",
            "shown_url": "rtsp://***@camera.example/",
            "transport": "tcp",
            "enabled": True,
            "wanted": True,
            "archive_seconds": 600,
            "keep_days": 7,
            **more,
        }
        async with self.database.write() as connection:
            await cameras.add(
                connection,
                tenant_id=tenant_id,
                camera_id=camera_id,
                analysis=analysis,
                created_at=created,
                **values,
            )
        if later:
            await self.change_camera(camera_id, tenant_id, **later)

    async def change_camera(self, camera_id: str = "door", tenant_id: str = "tenant", **values: Any) -> None:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        await self.execute(
            f"UPDATE cameras SET {columns} WHERE tenant_id = :tenant AND camera_id = :camera",  # noqa: S608
            tenant=tenant_id,
            camera=camera_id,
            **values,
        )

    async def archive(self, start: int, end: int, camera_id: str = "door", tenant_id: str = "tenant") -> str:
        archive_id = f"archive{next(_numbers)}"
        await self._add(
            Archive,
            archive_id=archive_id,
            tenant_id=tenant_id,
            camera_id=camera_id,
            file_name=f"{archive_id}.mp4",
            started_at=start,
            ended_at=end,
            size=1,
            kept=False,
            host="here",
            analyse=True,
            created_at=end,
        )
        return archive_id

    async def analysis(
        self,
        start: int,
        end: int,
        score: int = 100,
        incidents: Sequence[dict[str, Any]] = (),
        *,
        camera_id: str = "door",
        tenant_id: str = "tenant",
    ) -> None:
        """An archive's analysis, and its incidents as events."""
        archive_id = f"analysed{next(_numbers)}"
        result = ArchiveResult.model_validate(
            {
                "safety_score": score,
                "incidents": list(incidents),
                "summary": "",
                "activity": [],
                "engine": "local",
                "seconds": (end - start) / 1000,
            }
        )
        await self._add(
            ArchiveAnalysis,
            tenant_id=tenant_id,
            archive_id=archive_id,
            camera_id=camera_id,
            job_id=f"archive.{camera_id}.{archive_id}",
            started_at=start,
            ended_at=end,
            safety_score=score,
            incident_count=len(incidents),
            engine="local",
            result=result.model_dump_json(),
            created_at=end,
        )
        for number, found in enumerate(incidents):
            at = int(datetime.fromisoformat(found["start"]).timestamp() * 1000)
            await self.event(
                at,
                key=f"{archive_id}:{number}",
                source="archive",
                severity=found["severity"],
                category=found["category"],
                description=found["description"],
                camera_id=camera_id,
                tenant_id=tenant_id,
            )

    async def event(
        self, at: int, *, camera_id: str = "door", tenant_id: str = "tenant", **more: Any
    ) -> None:
        values: dict[str, Any] = {
            "key": f"event {next(_numbers)}",
            "source": "quick_look",
            "severity": "high",
            "category": "fall",
            "description": "somebody fell",
            "method": "posture",
            **more,
        }
        async with self.database.write() as connection:
            await record(connection, tenant_id, camera_id, [NewEvent(at=at, **values)])

    async def trouble(
        self,
        start: int,
        end: int | None,
        kind: str = "stall",
        code: str = "CAMERA_SILENT",
        *,
        camera_id: str = "door",
        tenant_id: str = "tenant",
    ) -> None:
        """What happened to a stream."""
        begins = incident_begins(tenant_id, camera_id, kind=kind, code=code, message="nothing came", at=start)
        async with self.database.write() as connection:
            await begins(connection)
            if end is not None:
                await incidents_end(tenant_id, camera_id, end)(connection)

    async def execute(self, statement: str, **values: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(text(statement), values)

    async def all(self, statement: str, **values: Any) -> list[Any]:
        async with self.database.read() as connection:
            return list((await connection.execute(text(statement), values)).all())

    async def _add(self, model: Any, **values: Any) -> None:
        async with self.database.write() as connection:
            await connection.execute(insert(table_of(model)).values(**values))


@asynccontextmanager
async def rows(url: str) -> AsyncIterator[Rows]:
    """A database of this version's schema, with nothing of live monitoring in it."""
    database = Database(url)
    try:
        await migrate(database)
        async with database.write() as connection:
            for table in TABLES:
                await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        yield Rows(database)
    finally:
        await database.close()
