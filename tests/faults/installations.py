"""The three installations that are tried: what they consist of, and how their Redis is killed."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil
from redis import Redis
from redis.exceptions import ConnectionError as RedisGone

from ecg.embedded_redis import socket_path
from tests.faults.programs import MARKER, Program
from tests.services.databases import fresh_database
from tests.services.mariadb import mariadb
from tests.services.postgres import postgres
from tests.services.rabbitmq import rabbitmq
from tests.services.redis import redis
from tests.services.s3 import S3Server, s3
from tests.services.starting import free_port

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
"""For the signatures of callbacks."""
QUICK = {
    "JOB_LEASE_SECONDS": "5",
    "JOB_HEARTBEAT_SECONDS": "0.3",
    "JOB_SWEEP_SECONDS": "1",
    "JOB_STOP_SECONDS": "1",
}
"""What a fault costs in time, smaller than by default."""
_INHERITED = ("PATH", "HOME", "LANG", "ECG_CHROMIUM", "COVERAGE_PROCESS_START")


class RedisServer(Protocol):
    """A Redis that can be emptied and killed."""

    url: str

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone."""

    def revive(self) -> None:
        """Bring it back with what it had on disk; returns when it answers."""


class OwnRedis:
    """The server of a REDIS_URL; the run brings it back, as an init system would."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._running = ExitStack()

    def __enter__(self) -> OwnRedis:
        self.revive()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def kill(self) -> None:
        _kill_redis(f":{self._port}")

    def revive(self) -> None:
        self._running.close()
        self._running.enter_context(redis(port=self._port, data=self._data))


class EmbeddedRedis:
    """The one that comes along; the processes that share it bring it back themselves."""

    def __init__(self, data_dir: Path) -> None:
        self._socket = socket_path(data_dir / "redis")
        self.url = f"unix://{self._socket}"

    def kill(self) -> None:
        _kill_redis(str(self._socket))

    def revive(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(RedisGone, OSError), Redis.from_url(self.url) as client:
                client.ping()
                return
            time.sleep(0.05)
        raise TimeoutError("the embedded Redis did not come back")


@dataclass
class Installation:
    """One way to run ECG, started by `Run`."""

    name: str
    folder: Path
    """Of this installation alone: `data`, and `tmp` for temporary files."""
    database_url: str
    redis: RedisServer
    environment: dict[str, str]
    server: Program
    workers: list[Program]
    """Those that the server does not start itself."""
    url: str
    s3: S3Server | None = None
    """Where objects are, if not on disk."""
    programs: list[Program] = field(init=False)

    def __post_init__(self) -> None:
        self.programs = [*self.workers, self.server]

    @property
    def bucket(self) -> str:
        return self.environment["S3_BUCKET"]


@dataclass(frozen=True)
class Ground:
    """What an installation is put on."""

    folder: Path
    logs: Path
    marker: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of whoever starts the run but where programs are."""
        return {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            MARKER: self.marker,
            "TMPDIR": str(self.folder / "tmp"),
            "ECG_DATA_DIR": str(self.data),
            "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
            "CALLBACK_SECRET": SECRET,
            "LOG_FORMAT": "json",
            **QUICK,
            **more,
        }

    def program(self, name: str, environment: dict[str, str], *arguments: str) -> Program:
        command = [sys.executable, "-m", "ecg", *arguments]
        return Program(name, command, environment, self.folder, self.logs / f"{name}.log")

    def installation(
        self,
        name: str,
        environment: dict[str, str],
        redis_server: RedisServer,
        *,
        workers: int = 0,
        store: S3Server | None = None,
    ) -> Installation:
        """A server, and so many Celery workers with one slot each; without any, the server has its own."""
        port = free_port()
        url, mode = f"http://127.0.0.1:{port}", "celery" if workers else "standalone"
        server = self.program("server", environment, "serve", "render", "--port", str(port), "--mode", mode)
        environment = {**environment, "PUBLIC_URL": url}
        options = ("--queues", "render", "--mode", mode, "--concurrency", "1")
        names = [f"worker-{number + 1}" for number in range(workers)]
        return Installation(
            name=name,
            folder=self.folder,
            database_url=environment.get("DATABASE_URL") or f"sqlite:///{self.data / 'ecg.db'}",
            redis=redis_server,
            environment=environment,
            server=server,
            workers=[self.program(each, environment, "worker", "--name", each, *options) for each in names],
            url=url,
            s3=store,
        )


def _sqlite(ground: Ground) -> Iterator[Installation]:
    yield ground.installation("SQLite + standalone", ground.environment(), EmbeddedRedis(ground.data))


def _postgresql(ground: Ground) -> Iterator[Installation]:
    redis_data = ground.folder.parent / "redis"  # not in its folder: this one is the run's
    redis_data.mkdir()
    with (
        OwnRedis(redis_data) as redis_server,
        postgres() as server_url,
        fresh_database(server_url) as database,
        s3() as store,
    ):
        environment = ground.environment(
            DATABASE_URL=database,
            REDIS_URL=redis_server.url,
            S3_BUCKET=store.new_bucket(),
            S3_ENDPOINT_URL=store.endpoint_url,
            **store.environment,
        )
        name = "PostgreSQL + Celery/Redis + S3"
        yield ground.installation(name, environment, redis_server, workers=2, store=store)


def _mariadb(ground: Ground) -> Iterator[Installation]:
    with rabbitmq() as broker, mariadb() as server_url, fresh_database(server_url) as database:
        environment = ground.environment(DATABASE_URL=database, CELERY_BROKER_URL=broker)
        redis_server = EmbeddedRedis(ground.data)
        yield ground.installation("MariaDB + Celery/RabbitMQ", environment, redis_server, workers=2)


INSTALLATIONS: dict[str, Callable[[Ground], AbstractContextManager[Installation]]] = {
    "sqlite": contextmanager(_sqlite),
    "postgresql": contextmanager(_postgresql),
    "mariadb": contextmanager(_mariadb),
}


def _kill_redis(place: str) -> None:
    """SIGKILL for the redis-server that listens there: it writes the place into its command line."""
    for process in psutil.process_iter(["name", "cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if process.info["name"] == "redis-server" and place in command:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(5)
            return
    raise LookupError(f"no redis-server listens at {place}")
