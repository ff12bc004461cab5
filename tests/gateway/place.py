"""The whole API server on loopback, with people who own things; workers and other servers are away."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from fastapi import FastAPI
from sqlalchemy import insert

from ecg.accounts import Principal
from ecg.accounts.administration import Administration
from ecg.accounts.opening import access_tokens
from ecg.database import now_ms, table_of
from ecg.exports.ids import ExportIds
from ecg.exports.models import Export
from ecg.gateway import create_app
from ecg.jobs.live.state import LiveState
from ecg.jobs.service import Jobs
from ecg.jobs.waking.wakeups import RedisWakeups
from ecg.live.alerts.repository import open_alert
from ecg.live.analysis.registering import ArchivePayload, register
from ecg.live.archives import repository as archive_repository
from ecg.live.events import NewEvent, record
from ecg.settings import Settings
from tests.services.starting import free_port
from tests.web.serving import serving

PASSWORD = "correct horse battery"
RECORDED_AT = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""


@dataclass(frozen=True)
class Person:
    principal: Principal
    email: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Belongings:
    """What one person has: an id for each parameter of a route, and words that nobody else may read."""

    mark: str
    project_id: str
    file_key: str
    parts_key: str
    analysis_id: str
    export_id: str
    key_id: str
    camera_id: str
    archive_id: str
    recording_job_id: str
    channel_id: str
    secrets: frozenset[str]

    @property
    def ids(self) -> frozenset[str]:
        named = (
            self.project_id,
            self.file_key,
            self.parts_key,
            self.analysis_id,
            self.export_id,
            self.key_id,
            self.camera_id,
            self.archive_id,
            self.recording_job_id,
            self.channel_id,
        )
        return frozenset(named)


@dataclass(frozen=True)
class Place:
    settings: Settings
    app: FastAPI
    http: httpx2.AsyncClient

    async def call(self, method: str, path: str, who: Person | None = None, **more: Any) -> httpx2.Response:
        headers = {**(who.headers if who else {}), **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def made(self, path: str, who: Person, body: object) -> dict[str, Any]:
        answer = await self.call("POST", path, who, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def put(self, link: dict[str, Any], content: bytes) -> None:
        """Upload to a signed link, which names the address that the server has in production."""
        url = urlsplit(link["upload_url"])
        answer = await self.http.put(f"{url.path}?{url.query}", content=content, headers=link["headers"])
        assert answer.is_success, answer.text

    async def person(self, *, tenant_id: str | None = None, admin: bool = False) -> Person:
        """Somebody new, in an organisation of their own or in one that is there."""
        email = f"{secrets.token_hex(6)}@example.com"
        administration = Administration(self.app.state.projects.database)
        made = await administration.create_user(
            email=email,
            username="Somebody",
            password=PASSWORD,
            role="admin" if admin else "user",
            tenant_id=tenant_id,
        )
        principal = Principal(made.user.user_id, made.user.tenant_id, "admin" if admin else "user")
        return Person(principal, email, access_tokens(self.settings).issue(principal).text)

    async def belongings(self, who: Person) -> Belongings:
        """One of everything that people can have."""
        mark = f"hidden-{secrets.token_hex(6)}"
        scenario = {"cues": [{"text": mark, "start": 0, "end": 1}]}
        project = await self.made("/api/projects", who, {"name": mark, "scenario": scenario})
        upload = {"file_name": "talk.mp4", "file_type": "video/mp4", "file_size": 9}
        link = await self.made("/api/upload-video/generate-url", who, upload)
        parts = await self.made("/api/upload-video/parts", who, upload)
        await self.put(link, b"no video!")
        process = "/api/upload-video/request-process"
        analysis = await self.made(process, who, {"file_key": link["file_key"]})
        key = await self.made("/api/auth/api-keys", who, {"name": mark})
        url = f"rtsp://admin:{mark}@10.0.0.7/stream"
        new_camera = {"name": mark, "url": url, "enabled": False}
        camera = await self.made("/api/live-monitoring/cameras", who, new_camera)
        archive_id, recording_job_id = await self._recording(who, camera["id"])
        channel_id = await self._alerts(who, camera["id"], mark)
        return Belongings(
            mark=mark,
            project_id=project["id"],
            file_key=link["file_key"],
            parts_key=parts["file_key"],
            analysis_id=analysis["job_id"],
            export_id=await self._export(who, mark),
            key_id=key["id"],
            camera_id=camera["id"],
            archive_id=archive_id,
            recording_job_id=recording_job_id,
            channel_id=channel_id,
            secrets=frozenset((mark, who.email, key["key"])),
        )

    async def _recording(self, who: Person, camera_id: str) -> tuple[str, str]:
        """A recording of a camera, and the job that is to analyse it."""
        live = LiveState(None)
        jobs = Jobs(self.app.state.projects.database, live, RedisWakeups(live))
        archive = ArchivePayload(
            camera_id=camera_id,
            archive_id=secrets.token_hex(16),
            video_path="archive_20260101_000000.mp4",
            segment_start=RECORDED_AT,
            segment_end=RECORDED_AT + 600_000,
        )
        job = await register(jobs, who.principal.tenant_id, archive)
        async with jobs.database.write() as connection:
            await archive_repository.add(
                connection,
                archive_id=archive.archive_id,
                tenant_id=who.principal.tenant_id,
                camera_id=camera_id,
                file_name=archive.video_path,
                started_at=archive.segment_start,
                ended_at=archive.segment_end,
                size=1000,
                host="away",
                analyse=True,
                job_id=job.view.job_id,
            )
        return archive.archive_id, job.view.job_id

    async def _alerts(self, who: Person, camera_id: str, mark: str) -> str:
        """A channel that alerts go to, and something that was seen, told and is over."""
        channel = {"id": f"c-{secrets.token_hex(8)}", "kind": "slack", "to": f"https://hooks.example/{mark}"}
        answer = await self.call(
            "PUT", "/api/live-monitoring/alert-settings", who, json={"channels": [channel]}
        )
        assert answer.is_success, answer.text
        tenant_id = who.principal.tenant_id
        event = NewEvent(
            key=mark,
            at=RECORDED_AT,
            source="quick_look",
            severity="low",
            category="unusual",
            description=mark,
            method="test",
        )
        async with self.app.state.projects.database.write() as connection:
            await record(connection, tenant_id, camera_id, [event])
            await open_alert(
                connection,
                tenant_id=tenant_id,
                alert_id=f"alr-{secrets.token_hex(16)}",
                rule="camera_down",
                subject=camera_id,
                camera_id=camera_id,
                severity="high",
                state="recovered",
                details=json.dumps({"camera": mark}),
                since=RECORDED_AT,
                over_at=RECORDED_AT + 1000,
            )
        return channel["id"]

    async def _export(self, who: Person, mark: str) -> str:
        """An export that has failed; its message is nobody else's business."""
        owner = (who.principal.tenant_id, who.principal.user_id)
        job_id = ExportIds(self.settings.secret("url_signing")).new("video", *owner)
        async with self.app.state.projects.database.write() as connection:
            row = {
                "job_id": job_id,
                "tenant_id": owner[0],
                "user_id": owner[1],
                "kind": "video",
                "format": "mp4",
                "state": "failed",
                "request_digest": "0" * 64,
                "reserved_ms": 1000,
                "error_code": "RENDER_ERROR",
                "error_message": mark,
                "created_at": now_ms(),
                "looked_at": now_ms(),
                "finished_at": now_ms(),
            }
            await connection.execute(insert(table_of(Export)).values(**row))
        return job_id


@asynccontextmanager
async def opened(folder: Path, **fields: Any) -> AsyncIterator[Place]:
    away = f"http://127.0.0.1:{free_port()}"
    settings = Settings(
        _env_file=None,
        **{
            "ECG_DATA_DIR": folder,
            "RENDER_SERVER_URL": away,
            "MODEL_SERVER_URL": away,
            "SERVICE_TOKEN": "the service token of these tests",
            "SIGNUPS_PER_HOUR": 100_000,
            "LOGIN_FAILURES": 10_000,
            **fields,
        },
    )
    app = create_app(settings)
    async with (
        serving(app) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=60) as http,
    ):
        yield Place(settings, app, http)
