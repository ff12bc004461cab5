"""The whole API server with its pages, a recording host, and a day in the life of some cameras.

What recorders and workers would have written over hours is written as rows; one camera is recorded for real
from a file, one does not answer, and recordings are played from the disk.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from sqlalchemy import insert

from ecg.database import Database, table_of
from ecg.jobs.models import Job, Worker
from ecg.live.alerts.models import Alert
from ecg.live.analysis.registering import KIND, ArchivePayload, analysis_job_id
from ecg.live.archives.models import Archive
from ecg.live.places import places_of
from ecg.live.server import create_app as recording_host
from tests.gateway.place import PASSWORD, Person, Place, opened
from tests.live.place import MINUTE, Rows, incident
from tests.live.serving import make_clip
from tests.services.starting import free_port
from tests.web.serving import serving

Language = Literal["en", "ko"]
TIME_ZONE = "Asia/Seoul"
LIVE, FAILED, OFF = "front", "dock", "pool"
PREFIX = "/api/live-monitoring"
PATIENCE_MS = 60_000
"""For anything that a page waits for, on a busy machine."""
RECORDINGS = 5
LOADING = re.compile("^(Loading…|불러오는 중…)$")


@dataclass(frozen=True)
class Guise:
    """How somebody comes: their language, their device, and whether they are signed in."""

    language: Language = "en"
    dark: bool = False
    narrow: bool = False
    signed_in: bool = True


@dataclass
class World:
    place: Place
    browser: Browser
    owner: Person
    recorded: int
    """When the first recording begins, in milliseconds since 1970."""
    _regulars: dict[Guise, BrowserContext] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.place.http.base_url).rstrip("/")

    @asynccontextmanager
    async def visitor(self, guise: Guise | None = None) -> AsyncIterator[Visitor]:
        """Somebody with a browser of their own, as the owner of it all where they are signed in."""
        context = await self._context(guise or Guise())
        try:
            yield Visitor(await context.new_page())
        finally:
            await context.close()

    @asynccontextmanager
    async def regular(self, guise: Guise) -> AsyncIterator[Visitor]:
        """The same, with the browser in which they came the last time: what was loaded then is not again."""
        if guise not in self._regulars:
            self._regulars[guise] = await self._context(guise)
        page = await self._regulars[guise].new_page()
        try:
            yield Visitor(page)
        finally:
            await page.close()

    async def _context(self, guise: Guise) -> BrowserContext:
        context = await self.browser.new_context(
            base_url=self.url,
            locale="ko-KR" if guise.language == "ko" else "en-GB",
            timezone_id=TIME_ZONE,
            color_scheme="dark" if guise.dark else "light",
            viewport={"width": 390, "height": 844} if guise.narrow else {"width": 1440, "height": 900},
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        if guise.signed_in:
            # the cookie alone: a page asks for its access token itself
            answer = await context.request.post(
                "/api/auth/login", data={"email": self.owner.email, "password": PASSWORD}
            )
            assert answer.ok, await answer.text()
        return context


class Visitor:
    """A page, and what its console complains of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str, heading: str) -> None:
        """Go there, and wait until the page has this heading and nothing is loading."""
        await self.page.goto(path)
        await self.page.get_by_role("heading", name=heading, level=1).wait_for()
        await expect(self.page.get_by_text(LOADING)).to_have_count(0, timeout=PATIENCE_MS)

    async def until(self, expression: str) -> None:
        """Until a JavaScript expression holds. Playwright's own way is forbidden by the pages' policy, which
        knows no `eval`."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while not await self.page.evaluate(expression):
                await asyncio.sleep(0.1)

    def _said(self, message: ConsoleMessage) -> None:
        # whoever is not signed in yet asks once, and browsers write each refusal down
        if message.type in ("error", "warning") and "401" not in message.text:
            self.complaints.append(message.text)


@asynccontextmanager
async def opened_world(folder: Path, browser: Browser) -> AsyncIterator[World]:
    videos = folder / "videos"
    videos.mkdir()
    clip = make_clip(videos / "clip.mp4", seconds=30)
    limits = {"CAMERA_FILES": videos, "CAMERA_NETWORKS": "127.0.0.0/8", "LIVE_MIN_FREE_BYTES": 0}
    async with opened(folder / "data", **limits) as place:
        owner = await place.person()
        async with serving(recording_host(place.settings)):
            await _cameras(place, owner, clip)
            recorded = await _day(place, owner, clip)
            await _until(place, owner, LIVE, "live")
            await _until(place, owner, FAILED, "retrying")
            yield World(place, browser, owner, recorded)


async def _cameras(place: Place, owner: Person, clip: Path) -> None:
    away = f"rtsp://127.0.0.1:{free_port()}/nobody-listens"
    for camera_id, name, url, enabled in (
        (LIVE, "Front gate", f"file://{clip}", True),
        (FAILED, "하역장", away, True),
        (OFF, "Pool", f"file://{clip}", False),
    ):
        body = {"id": camera_id, "name": name, "url": url, "enabled": enabled}
        await place.made(f"{PREFIX}/cameras", owner, body)


async def _until(place: Place, owner: Person, camera_id: str, state: str) -> None:
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            status = (await place.call("GET", f"{PREFIX}/status/{camera_id}", owner)).json()
            if status["state"] == state:
                return
            await asyncio.sleep(0.2)


async def _day(place: Place, owner: Person, clip: Path) -> int:
    """What came before: recordings, their analyses, incidents, jobs, workers, alerts."""
    database: Database = place.app.state.projects.database
    rows, tenant = Rows(database), owner.principal.tenant_id
    now = int(time.time() * 1000)
    first = now - (RECORDINGS + 1) * MINUTE
    await rows.change_camera(LIVE, tenant, created_at=first - MINUTE)
    folder = places_of(place.settings, tenant, LIVE).archive
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    for number in range(RECORDINGS):
        start = first + number * MINUTE
        archive_id = f"{number:032x}"
        name = f"archive_20200101_{number:06d}.mp4"
        await asyncio.to_thread(shutil.copyfile, clip, folder / name)
        job_id = analysis_job_id(LIVE, archive_id)
        await _archive(database, tenant=tenant, archive_id=archive_id, name=name, start=start, job_id=job_id)
        await _job(
            database, tenant=tenant, job_id=job_id, archive_id=archive_id, start=start, state=STATES[number]
        )
        incidents = [incident(start + 20_000, severity=severity) for severity in FOUND[number]]
        await rows.analysis(
            start, start + MINUTE, 100 - 20 * len(incidents), incidents, camera_id=LIVE, tenant_id=tenant
        )
    await _workers(database, now)
    await _alert(database, tenant, now)
    return first


STATES = ("DONE", "DONE", "FAILED", "PROCESSING", "PENDING")
FOUND: tuple[tuple[str, ...], ...] = (("critical", "low"), (), ("high",), ("medium",), ())


async def _archive(
    database: Database, *, tenant: str, archive_id: str, name: str, start: int, job_id: str
) -> None:
    async with database.write() as connection:
        await connection.execute(
            insert(table_of(Archive)).values(
                archive_id=archive_id,
                tenant_id=tenant,
                camera_id=LIVE,
                file_name=name,
                started_at=start,
                ended_at=start + MINUTE,
                size=1,
                kept=False,
                host="edge-1",
                analyse=True,
                job_id=job_id,
                created_at=start + MINUTE,
            )
        )


async def _job(
    database: Database, *, tenant: str, job_id: str, archive_id: str, start: int, state: str
) -> None:
    ended = start + 2 * MINUTE
    payload = ArchivePayload(
        camera_id=LIVE,
        archive_id=archive_id,
        video_path=f"{archive_id}.mp4",
        segment_start=start,
        segment_end=start + MINUTE,
    )
    begun, finished = state != "PENDING", state in ("DONE", "FAILED")
    async with database.write() as connection:
        await connection.execute(
            insert(table_of(Job)).values(
                tenant_id=tenant,
                job_id=job_id,
                kind=KIND,
                queue="somebody-else",  # no worker of this test is to take it
                state=state,
                payload=payload.model_dump_json(),
                payload_digest="0" * 64,
                attempt=1,
                max_attempts=3,
                worker_id="analysis-1" if begun else None,
                lease_until=start + 600 * MINUTE if state == "PROCESSING" else None,
                need_mb=1.0,
                available_at=start,
                created_at=start + MINUTE,
                started_at=start + MINUTE + 4000 if begun else None,
                finished_at=ended if finished else None,
                error_code="VISION_RATE_LIMITED" if state == "FAILED" else None,
                error_message="asked too often" if state == "FAILED" else None,
            )
        )


async def _workers(database: Database, now: int) -> None:
    async with database.write() as connection:
        for number, lost_at in ((1, None), (2, now - MINUTE)):
            await connection.execute(
                insert(table_of(Worker)).values(
                    boot_id=f"{number:032x}",
                    worker_id=f"analysis-{number}",
                    host="gpu-7",
                    pid=1,
                    queues="analysis",
                    slots=1,
                    busy=0,
                    started_at=now - 60 * MINUTE,
                    heartbeat_at=now,
                    lost_at=lost_at,
                )
            )


async def _alert(database: Database, tenant: str, now: int) -> None:
    values = {"camera": "Loading dock", "reason": "stall"}
    async with database.write() as connection:
        await connection.execute(
            insert(table_of(Alert)).values(
                tenant_id=tenant,
                alert_id="1" * 32,
                rule="camera_down",
                subject=FAILED,
                camera_id=FAILED,
                severity="high",
                state="firing",
                details=json.dumps(values),
                since=now - MINUTE,
                opened_at=now,
                told_to=0,
            )
        )
