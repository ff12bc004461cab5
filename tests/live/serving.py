"""The routes of live monitoring behind a real server, and a recording host beside it; tokens are names."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from ecg.jobs.spine import Spine, open_spine
from ecg.live import opening
from ecg.live.recording.camera_proxy import camera_proxy
from ecg.live.recording.host import Host
from ecg.settings import Settings
from ecg.store import open_store
from ecg.web import create_base_app
from ecg.web.idempotency import Idempotency
from tests.projects.serving import Known, caller, signed_in
from tests.web.serving import serving

PREFIX = "/api/live-monitoring"
PATIENCE = 90.0
"""Seconds that anything may take on a busy machine."""


@dataclass
class LivePlace:
    settings: Settings
    app: FastAPI
    http: httpx2.AsyncClient
    """Signed in as `me`."""
    spine: Spine

    async def call(self, method: str, path: str, *, who: str = "me", **more: Any) -> httpx2.Response:
        return await self.http.request(method, f"{PREFIX}{path}", headers=signed_in(who), **more)

    async def good(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = await self.call(method, path, **more)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    async def add(self, camera_id: str, url: str, **fields: Any) -> dict[str, Any]:
        return await self.good(
            "POST", "/cameras", json={"id": camera_id, "name": camera_id, "url": url, **fields}
        )

    async def until(self, camera_id: str, *states: str) -> dict[str, Any]:
        """Its status, as soon as it has one of the states."""
        status: dict[str, Any] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while (status := await self.good("GET", f"/status/{camera_id}"))["state"] not in states:
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{camera_id} is not {' or '.join(states)}: {status}") from None
        return status

    async def until_held_by(self, camera_id: str, host: str | None) -> None:
        """Until this host records it; None: nobody."""
        async with asyncio.timeout(PATIENCE):
            while (await self.good("GET", f"/status/{camera_id}"))["host"] != host:
                await asyncio.sleep(0.1)

    async def playlist(self, camera_id: str) -> str:
        """Its text, as a viewer gets it."""
        link = await self.good("GET", f"/playlist-link/{camera_id}")
        answer = await self.http.get(link["playlist_url"], headers={"Authorization": ""})
        assert answer.status_code == 200, answer.text
        return answer.text


@asynccontextmanager
async def live_place(folder: Path, **fields: Any) -> AsyncIterator[LivePlace]:
    given = {"CAMERA_NETWORKS": "127.0.0.0/8", "CAMERA_FILES": folder / "videos", "LIVE_MIN_FREE_BYTES": 0}
    settings = Settings(_env_file=None, ECG_DATA_DIR=folder / "data", **{**given, **fields})
    (folder / "videos").mkdir(exist_ok=True)
    async with open_spine(settings) as spine:
        app = create_base_app("live", settings)
        app.state.identities = Known()
        app.state.idempotency = Idempotency(spine.database, caller)
        opening.provide(app, settings, spine.jobs, open_store(settings), spine.redis.client)
        app.include_router(opening.router)
        async with (
            serving(app) as address,
            httpx2.AsyncClient(base_url=f"http://{address}", headers=signed_in("me"), timeout=60) as http,
        ):
            yield LivePlace(settings, app, http, spine)


@asynccontextmanager
async def recording_host(place: LivePlace, name: str = "host") -> AsyncIterator[Host]:
    """A host that records while the block runs."""
    async with camera_proxy(place.settings) as proxy:
        host = Host(place.spine, name=name, proxy=proxy)
        task = asyncio.create_task(host.run())
        try:
            yield host
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def make_clip(
    path: Path, *, seconds: int = 6, size: str = "320x180", rate: int = 15, gop: int = 15, sound: bool = True
) -> Path:
    """A video that browsers play, made once a path."""
    shared = path.with_name(f".{path.name}.making.mp4")
    audio = ["-f", "lavfi", "-i", "sine=frequency=440"] if sound else []
    command = [
        *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}", *audio),
        *("-t", str(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
        *("-g", str(gop), "-keyint_min", str(gop), "-sc_threshold", "0"),
        *(("-c:a", "aac", "-ac", "1") if sound else ()),
        str(shared),
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    shutil.move(shared, path)
    return path
