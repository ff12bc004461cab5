"""One job of analysis at work: find, fetch, look, keep. `ecg.live.analysis.tasks` says when.

Every step may be killed and done again: stills go to keys that follow from the archive, and the result is
one INSERT under a key that an archive has once, together with the events that it tells. Whoever comes second
finds the first one's result and ends with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ecg.database import Record
from ecg.errors import NotFound
from ecg.jobs.kinds import JobContext
from ecg.live.analysis import repository
from ecg.live.analysis.engines.base import Seen, VisionEngine, Wishes
from ecg.live.analysis.engines.choice import make_engine, own_database
from ecg.live.analysis.registering import ArchivePayload
from ecg.live.analysis.result import (
    MAX_INCIDENTS,
    MAX_SUMMARY,
    MAX_TEXT,
    ActivityPoint,
    ArchiveResult,
    Finding,
    Incident,
    moment,
)
from ecg.live.analysis.score import safety_score
from ecg.live.analysis.source import fetch_archive
from ecg.live.analysis.stills import keep_stills, still_key
from ecg.live.analysis.vision.footage import Footage
from ecg.live.archives import repository as archives
from ecg.live.cameras import repository as cameras
from ecg.live.cameras.schemas import AnalysisSettings
from ecg.live.events import NewEvent, record
from ecg.memory_meter import MemoryMeter
from ecg.settings import Settings
from ecg.store import ObjectStore

FETCHED, LOOKED = 10.0, 92.0
"""Percent."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the database knows when the job begins."""

    camera: Record
    archive: Record


@dataclass
class AnalysisRun:
    """The parts of one attempt. `memory` runs while the attempt does."""

    job: JobContext
    payload: ArchivePayload
    settings: Settings
    store: ObjectStore
    memory: MemoryMeter

    def known(self) -> ArchiveResult | None:
        """The result that an earlier attempt has kept."""
        row = asyncio.run(self._known())
        return None if row is None else ArchiveResult.model_validate_json(row.result)

    def find(self) -> Found:
        """Camera and archive as they are now; raises NotFound when one was removed meanwhile."""
        return asyncio.run(self._find())

    def engine_of(self, found: Found) -> tuple[VisionEngine, Wishes]:
        """Who looks, and for what. Raises EngineNotSet, and CircuitOpen for one that is not asked now."""
        asked = AnalysisSettings.model_validate_json(found.camera.analysis)
        engine = make_engine(asked.engine, self.settings, self.job.tenant_id, self.payload.camera_id)
        engine.check_ready()
        return engine, Wishes(found.camera.name, asked.prompt, asked.normal)

    def fetch(self, found: Found) -> Footage:
        self.job.tell(0, "fetching", "fetching the recording")

        def progress(done: int, total: int | None) -> None:
            self.job.tell(FETCHED * done / total if total else 0, "fetching", "fetching the recording")

        return Footage(
            fetch_archive(self.job, self.settings, self.store, found.archive, progress), self.job.check
        )

    def look(self, footage: Footage, engine: VisionEngine, wishes: Wishes) -> Seen:
        def tell(share: float, message: str) -> None:
            self.job.check()
            self.job.tell(FETCHED + (LOOKED - FETCHED) * share, "looking", message)

        return engine.look(footage, wishes, tell)

    def keep(self, footage: Footage, seen: Seen) -> ArchiveResult:
        """The result, with its stills and events; the earlier one where somebody was first."""
        self.job.tell(LOOKED, "keeping", "keeping what was seen")
        findings = list(seen.findings)[:MAX_INCIDENTS]
        payload = self.payload
        keys = [
            still_key(self.job.tenant_id, payload.camera_id, f"{payload.archive_id}-{number}")
            for number in range(len(findings))
        ]
        if findings:
            keep_stills(self.job, self.store, footage, findings, keys)
        result = result_of(seen, findings, keys, payload.segment_start)
        self.memory.sample()
        self.job.measure(work=seen.seconds, memory_mb=self.memory.peak_mb)
        self.job.check()
        return asyncio.run(self._keep(result))

    async def _known(self) -> Record | None:
        async with own_database(self.settings) as database, database.read() as connection:
            return await repository.find(connection, self.job.tenant_id, self.payload.archive_id)

    async def _find(self) -> Found:
        tenant_id, payload = self.job.tenant_id, self.payload
        async with own_database(self.settings) as database, database.read() as connection:
            camera = await cameras.find(connection, tenant_id, payload.camera_id)
            archive = await archives.find(connection, tenant_id, payload.camera_id, payload.archive_id)
        if camera is None:
            raise NotFound(f"the camera {payload.camera_id!r} was removed", where="camera_id")
        if archive is None:
            raise NotFound(f"the recording {payload.video_path!r} was removed", where="archive_id")
        return Found(camera, archive)

    async def _keep(self, result: ArchiveResult) -> ArchiveResult:
        tenant_id, payload = self.job.tenant_id, self.payload
        async with own_database(self.settings) as database, database.write() as connection:
            written = await repository.keep(
                connection,
                tenant_id=tenant_id,
                archive_id=payload.archive_id,
                camera_id=payload.camera_id,
                job_id=self.job.job_id,
                started_at=payload.segment_start,
                ended_at=payload.segment_end,
                safety_score=result.safety_score,
                incident_count=len(result.incidents),
                engine=result.engine,
                result=result.model_dump_json(),
            )
            if written:
                await record(connection, tenant_id, payload.camera_id, events_of(payload.archive_id, result))
                return result
            row = await repository.find(connection, tenant_id, payload.archive_id)
        assert row is not None  # noqa: S101  # it is what was in the way
        return ArchiveResult.model_validate_json(row.result)


def result_of(seen: Seen, findings: Sequence[Finding], stills: Sequence[str], begin: int) -> ArchiveResult:
    """What is kept; `begin` is when the archive begins, in milliseconds since 1970."""
    return ArchiveResult(
        safety_score=safety_score(findings),
        incidents=[_incident(one, key, begin) for one, key in zip(findings, stills, strict=True)],
        summary=seen.summary[:MAX_SUMMARY],
        activity=[
            ActivityPoint(at=moment(begin + 1000 * point.at), motion=point.motion, people=point.people)
            for point in seen.activity
        ],
        engine=seen.engine,
        model=seen.model,
        note=seen.note,
        frames=seen.frames,
        tokens=seen.tokens,
        seconds=round(seen.seconds, 3),
    )


def events_of(archive_id: str, result: ArchiveResult) -> list[NewEvent]:
    """Each incident as an event."""
    return [
        NewEvent(
            key=f"{archive_id}:{number}",
            at=round(incident.start.timestamp() * 1000),
            source="archive",
            severity=incident.severity.value,
            category=incident.category.value,
            description=incident.description,
            confidence=incident.confidence,
            method=incident.method,
            still_key=incident.still_key,
        )
        for number, incident in enumerate(result.incidents)
    ]


def _incident(finding: Finding, still: str, begin: int) -> Incident:
    return Incident(
        severity=finding.severity,
        category=finding.category,
        start=moment(begin + 1000 * finding.start),
        end=moment(begin + 1000 * finding.end),
        description=finding.description[:MAX_TEXT],
        confidence=round(finding.confidence, 3),
        method=finding.method,
        still_key=still,
    )
