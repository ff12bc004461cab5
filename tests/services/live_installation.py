"""An installation of live monitoring: `ecg serve api` and `ecg live` as operators run them, and a user of it.

Databases, Redis and files are the embedded ones, in a folder of the installation's own.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from tests.faults.programs import MARKER, Program
from tests.services.starting import free_port

PREFIX = "/api/live-monitoring"
READY_SECONDS = 90.0
_INHERITED = ("PATH", "HOME", "LANG", "ECG_CHROMIUM", "COVERAGE_PROCESS_START")


class User:
    """Somebody who has signed up, and what they ask of the API; each answer has to be a good one."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.AsyncClient(base_url=url, timeout=30)
        self.sign_in = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(12)}

    async def sign_up(self) -> None:
        answer = await self.post("/api/auth/signup", {"username": "Jiwoo", **self.sign_in})
        self.http.headers["Authorization"] = f"Bearer {answer['access_token']}"

    async def add_camera(self, camera_id: str, url: str, **options: Any) -> None:
        """Recorded from now on."""
        body = {"id": camera_id, "name": camera_id, "url": url, **options}
        await self.post(f"{PREFIX}/cameras", body)

    async def playlist(self, camera_id: str) -> str:
        """A link to its playlist, with a ticket."""
        link = await self.get(f"{PREFIX}/playlist-link/{camera_id}")
        return str(httpx2.URL(str(self.http.base_url)).join(link["playlist_url"]))

    async def status(self, camera_id: str) -> dict[str, Any]:
        return await self.get(f"{PREFIX}/status/{camera_id}")

    async def stop(self, camera_id: str) -> None:
        await self.post(f"{PREFIX}/stop-hls-stream/{camera_id}")

    async def timeline(self, camera_id: str) -> dict[str, Any]:
        """Of this day and what lies around it."""
        span = {"from": _iso(time.time() - 12 * 3600), "to": _iso(time.time() + 6 * 3600)}
        return await self.get(f"{PREFIX}/timeline/{camera_id}", **span)

    async def download_archive(self, camera_id: str, archive_id: str, path: Path) -> None:
        link = await self.get(f"{PREFIX}/archives/{camera_id}/{archive_id}/link")
        url = httpx2.URL(str(self.http.base_url)).join(link["url"])
        async with self.http.stream("GET", url, headers={"Authorization": ""}) as answer:
            assert answer.status_code == 200, f"{url.path}: {answer.status_code}"
            with path.open("wb") as file:
                async for piece in answer.aiter_bytes():
                    file.write(piece)

    async def until_state(self, camera_id: str, *states: str, seconds: float = 60) -> dict[str, Any]:
        """Its status when it has one of these states; raises AssertionError when that takes too long."""
        status: dict[str, Any] = {}
        try:
            async with asyncio.timeout(seconds):
                while status.get("state") not in states:
                    await asyncio.sleep(0.2)
                    status = await self.status(camera_id)
        except TimeoutError:
            raise AssertionError(f"{camera_id} is not {' or '.join(states)}: {status}") from None
        return status

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return self._good(await self.http.get(path, params=query))

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._good(await self.http.post(path, json=body))

    @staticmethod
    def _good(answer: httpx2.Response) -> dict[str, Any]:
        assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found


@dataclass
class LiveInstallation:
    """Its programs are started again when they are killed."""

    folder: Path
    data: Path
    url: str
    live_url: str
    api: Program
    live: Program
    user: User
    environment: dict[str, str]
    marker: str
    _workers: list[Program] = field(default_factory=list)

    async def start_worker(self, number: int) -> Program:
        """A worker of analyses, as low in priority as workers are."""
        log = self.folder / f"worker-{number}.log"
        command = [*_ECG, "worker", "--queues", "analysis", "--name", f"worker-{number}"]
        worker = Program(f"worker-{number}", command, self.environment, self.folder, log)
        await worker.start()
        self._workers.append(worker)
        return worker

    async def ready(self) -> None:
        """Until both servers answer; raises AssertionError."""
        for url in (self.url, self.live_url):
            await _until_healthy(url)

    async def end(self) -> list[str]:
        """Ask all programs to end, in order. Answers what ended that nobody had asked."""
        programs = [*self._workers, self.live, self.api]
        for program in programs:
            await program.stop()
        return [odd for program in programs for odd in program.odd]


_ECG = (sys.executable, "-m", "ecg")


@asynccontextmanager
async def live_installation(
    folder: Path,
    *,
    settings: Mapping[str, str] | None = None,
    data: Path | None = None,
    before_live: Sequence[str] = (),
    live_environment: Mapping[str, str] | None = None,
) -> AsyncIterator[LiveInstallation]:
    """Running, and with a user who has signed up. Logs lie in the folder.

    `data`: the data folder, if not one of the installation's own. `before_live`: a command that runs `ecg
    live`, as `faketime` does; `live_environment` is for that process alone.
    """
    data, marker = data or folder / "data", secrets.token_hex(8)
    data.mkdir(parents=True, exist_ok=True)
    port, live_port = free_port(), free_port()
    url, live_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{live_port}"
    environment = {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "ECG_DATA_DIR": str(data),
        "PUBLIC_URL": url,
        "CAMERA_NETWORKS": "127.0.0.0/8",
        "CAMERA_FILES": str(folder),
        "LIVE_MIN_FREE_BYTES": "0",
        "ACCESS_TOKEN_SECONDS": "86400",
        "LOG_FORMAT": "json",
        MARKER: marker,
        **(settings or {}),
    }
    serve = [*_ECG, "serve", "api", "--port", str(port), "--workers", "0"]
    live = [*before_live, *_ECG, "live", "--port", str(live_port)]
    installation = LiveInstallation(
        folder,
        data,
        url,
        live_url,
        Program("api", serve, environment, folder, folder / "api.log"),
        Program("live", live, {**environment, **(live_environment or {})}, folder, folder / "live.log"),
        User(url),
        environment,
        marker,
    )
    try:
        await installation.api.start()
        await _until_healthy(url)
        await installation.live.start()
        await installation.ready()
        await installation.user.sign_up()
        yield installation
    finally:
        for program in (*installation._workers, installation.live, installation.api):
            if program.lives:
                await program.abandon()
        await installation.user.http.aclose()


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


async def _until_healthy(url: str) -> None:
    answer = "nothing"
    async with httpx2.AsyncClient(timeout=5) as client:
        try:
            async with asyncio.timeout(READY_SECONDS):
                while True:
                    try:
                        found = await client.get(f"{url}/health")
                        answer = f"{found.status_code} {found.text}"
                        if found.status_code == 200:
                            return
                    except httpx2.HTTPError as error:
                        answer = repr(error)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{url} is not ready: {answer}") from None
