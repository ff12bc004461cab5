"""One picture now and then, looked at by a worker: events within a minute rather than with the next archive.

The newest segment comes from whoever serves the live stream, over HTTP, as a viewer gets it. This machine
tells whether the camera is blind; a camera that is set to a model's engine has its picture shown to the
model, out of the same budget as its archives. An event of a category is not repeated within the cooldown.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import structlog

from ecg.database import Record
from ecg.errors import ConnectionFailed, FetchRefused, MediaError, TimedOut
from ecg.jobs.kinds import JobContext
from ecg.live.analysis.engines.asking import ask
from ecg.live.analysis.engines.base import UNSEEN, EngineNotSet, VisionError, Wishes
from ecg.live.analysis.engines.choice import make_model, own_database, surroundings
from ecg.live.analysis.engines.model import STILL_WIDTH, jpeg
from ecg.live.analysis.engines.prompt import Question, Still
from ecg.live.analysis.registering import QuickLookPayload
from ecg.live.analysis.result import Finding
from ecg.live.analysis.stills import WIDTH, keep_still, still_key
from ecg.live.analysis.vision.footage import Footage, Picture
from ecg.live.analysis.vision.health import health_findings
from ecg.live.analysis.vision.measures import WIDTH as MEASURED_WIDTH
from ecg.live.analysis.vision.measures import Measures
from ecg.live.cameras import repository as cameras
from ecg.live.cameras.schemas import AnalysisSettings
from ecg.live.events import NewEvent, record
from ecg.live.events.repository import page
from ecg.live.hls.playlist import BrokenPlaylist, Segment, parse
from ecg.live.viewing.tickets import WORKER, LiveTickets, live_address, playlist_path, stream
from ecg.net import download, policy_of
from ecg.settings import Settings
from ecg.store import ObjectStore

log = structlog.get_logger(__name__)

LARGEST_SEGMENT = 256 * 1024**2
LARGEST_PLAYLIST = 4 * 1024**2
FETCH_SECONDS = 30.0
TICKET_SECONDS = 300
_PASSING = (ConnectionFailed, TimedOut, FetchRefused, MediaError, VisionError)
"""What the next look may well be spared."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest picture of a camera, and when its segment began (milliseconds since 1970)."""

    picture: Picture
    at: int


class QuickLook:
    """One look of one job."""

    def __init__(
        self, job: JobContext, payload: QuickLookPayload, settings: Settings, store: ObjectStore
    ) -> None:
        self._job = job
        self._payload = payload
        self._settings = settings
        self._store = store

    def camera(self) -> Record | str:
        """The camera's row, or why it is not to be looked at by this job any more."""
        return asyncio.run(self._camera())

    @staticmethod
    def pause(camera: Record) -> float:
        """Seconds until the next look."""
        return float(AnalysisSettings.model_validate_json(camera.analysis).quick_look_seconds)

    def once(self, camera: Record) -> None:
        """Look, and tell what was seen. What may pass by itself goes into the log and the job's message.

        Raises EngineNotSet, and StorageError where a still cannot be kept.
        """
        try:
            snapshot = asyncio.run(self._fetch())
            findings = asyncio.run(self._judge(camera, snapshot))
            told = asyncio.run(self._tell(snapshot, findings)) if findings else 0
        except EngineNotSet:
            raise
        except _PASSING as error:
            log.warning("a quick look failed", camera_id=camera.camera_id, code=error.code, reason=str(error))
            self._job.tell(0, "waiting", f"the last look failed: {error.code}")
            return
        self._job.tell(0, "waiting", f"{len(findings)} findings in the last look, {told} new")

    async def _camera(self) -> Record | str:
        payload = self._payload
        async with own_database(self._settings) as database, database.read() as connection:
            row = await cameras.find(connection, self._job.tenant_id, payload.camera_id)
        if row is None:
            return "the camera was removed"
        if (row.boot_id, row.revision) != (payload.boot_id, payload.revision):
            return "another recording process, or other settings, took over"
        asked = AnalysisSettings.model_validate_json(row.analysis)
        if not row.wanted or not asked.enabled or not asked.quick_look_seconds:
            return "it is not to be looked at"
        return row

    async def _fetch(self) -> Snapshot:
        """The last picture of the newest segment. Raises what `ecg.net.download` raises, and MediaError."""
        camera_id = self._payload.camera_id
        tickets = LiveTickets(self._settings.secret("url_signing"))
        ticket, _ = tickets.issue(self._job.tenant_id, WORKER, stream(camera_id), seconds=TICKET_SECONDS)
        playlist_url = f"{live_address(self._settings)}{playlist_path(camera_id, ticket)}"
        playlist = await self._download(playlist_url, "live.m3u8", LARGEST_PLAYLIST)
        segment = newest(playlist.read_text())
        folder = playlist_url.partition("?")[0].rpartition("/")[0]
        path = await self._download(f"{folder}/{segment.name}?ticket={ticket}", "segment.ts", LARGEST_SEGMENT)
        last = None
        for picture in Footage(path, self._job.check).sampled(1000.0, WIDTH):
            last = picture
        assert last is not None  # noqa: S101  # `sampled` raises for a file without a picture
        return Snapshot(last, segment.at + round(1000 * last.at))

    async def _download(self, url: str, name: str, largest: int) -> Path:
        target = self._job.folder / name
        target.unlink(missing_ok=True)
        policy = policy_of(self._settings, own_urls=[live_address(self._settings)])
        await download(
            url,
            target,
            policy=policy,
            max_bytes=largest,
            timeout_seconds=FETCH_SECONDS,
            cancelled=self._job.cancelled,
        )
        return target

    async def _judge(self, camera: Record, snapshot: Snapshot) -> list[Finding]:
        findings = blindness(snapshot.picture)
        asked = AnalysisSettings.model_validate_json(camera.analysis)
        model = make_model(asked.engine, self._settings)
        if model is None or findings:  # a model is not asked about a picture that shows nothing
            return findings
        around = surroundings(model, self._settings, self._job.tenant_id, camera.camera_id)
        async with around as opened:
            grant = await opened.budget.reserve(1)
            if not grant.frames:
                return []
            image = snapshot.picture.image
            small = cv2.resize(image, (STILL_WIDTH, round(image.shape[0] * STILL_WIDTH / image.shape[1])))
            still = Still(0.0, jpeg(np.asarray(small, dtype=np.uint8)))
            wishes = Wishes(camera.name, asked.prompt, asked.normal)
            try:
                answer = await ask(model, Question(1.0, [still], wishes, 0.0), opened.breaker, attempts=1)
            except UNSEEN:
                await opened.budget.settle(grant, frames=0, tokens=0)
                raise
            await opened.budget.settle(grant, frames=1, tokens=answer.tokens)
            return answer.findings

    async def _tell(self, snapshot: Snapshot, findings: Sequence[Finding]) -> int:
        """Keep events of categories that were not told within the cooldown; answers how many."""
        tenant_id, camera_id = self._job.tenant_id, self._payload.camera_id
        since = snapshot.at - round(1000 * self._settings.quick_look_cooldown_seconds)
        key = still_key(tenant_id, camera_id, f"look-{snapshot.at}")
        async with own_database(self._settings) as database:
            async with database.read() as connection:
                recent = await page(
                    connection, tenant_id, camera_id=camera_id, first=since, source="quick_look", limit=200
                )
            told = {row.category for row in recent}
            new = {one.category: one for one in findings if one.category.value not in told}
            if not new:
                return 0
            await asyncio.to_thread(keep_still, self._job, self._store, snapshot.picture.image, key)
            events = [_event(finding, snapshot.at, camera_id, key) for finding in new.values()]
            async with database.write() as connection:
                return await record(connection, tenant_id, camera_id, events)


def newest(text: str) -> Segment:
    """The last segment of a playlist as viewers get it. Raises ConnectionFailed for one that names none."""
    try:
        window = parse(re.sub(r"\?ticket=\S*$", "", text, flags=re.MULTILINE))
    except BrokenPlaylist:
        raise ConnectionFailed("the live playlist cannot be read") from None
    if not window.segments:
        raise ConnectionFailed("the camera shows nothing yet")
    return window.segments[-1]


def blindness(picture: Picture) -> list[Finding]:
    """Whether one picture shows nothing: black, white, or covered by the absolute rules."""
    image = picture.image
    tall = max(2, round(image.shape[0] * MEASURED_WIDTH / image.shape[1]))
    small = cv2.resize(image, (MEASURED_WIDTH, tall), interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    measures = Measures()
    for second in range(4):  # the rules want to see it for some seconds
        measures.take(float(second), grey)
    return [
        replace(one, start=0.0, end=0.0, description=one.description.rsplit(" for ", 1)[0])
        for one in health_findings(measures)
    ]


def _event(finding: Finding, at: int, camera_id: str, still: str) -> NewEvent:
    return NewEvent(
        key=f"look:{camera_id}:{at}:{finding.category.value}",
        at=at,
        source="quick_look",
        severity=finding.severity.value,
        category=finding.category.value,
        description=finding.description,
        confidence=finding.confidence,
        method=finding.method,
        still_key=still,
    )
