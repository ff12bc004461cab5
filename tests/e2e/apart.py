"""ECG as separate programs, so that each can be killed: three servers and their workers, on one machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tests.faults.installations import EmbeddedRedis, Ground, OwnRedis, RedisServer
from tests.faults.programs import Program
from tests.services.databases import fresh_database
from tests.services.postgres import postgres
from tests.services.s3 import S3Server, s3
from tests.services.starting import free_port

ONE_AT_A_TIME = ("--concurrency", "1")


@dataclass(frozen=True)
class Apart:
    """Programs that are not started yet; the servers come first."""

    name: str
    ground: Ground
    database_url: str
    redis: RedisServer
    urls: Mapping[str, str]
    """Of the servers: api, speech, render."""
    programs: Mapping[str, Program]
    bucket: tuple[S3Server, str] | None = None
    """Where objects are, if not on disk."""

    @property
    def speech_workers(self) -> list[Program]:
        return [program for name, program in self.programs.items() if name.startswith("speech-worker")]


def _apart(
    name: str, ground: Ground, redis: RedisServer, bucket: tuple[S3Server, str] | None = None, **more: str
) -> Apart:
    ports = {server: free_port() for server in ("api", "speech", "render")}
    urls = {server: f"http://127.0.0.1:{port}" for server, port in ports.items()}
    environment = ground.environment(
        PUBLIC_URL=urls["api"],
        FASTAPI_BASE_URL=urls["api"],
        MODEL_SERVER_URL=urls["speech"],
        RENDER_SERVER_URL=urls["render"],
        SIGNUPS_PER_HOUR="1000",
        **more,
    )
    programs = {
        server: ground.program(server, environment, "serve", server, "--port", str(port), "--workers", "0")
        for server, port in ports.items()
    }
    workers = {
        "speech-worker-1": ("speech", *ONE_AT_A_TIME),
        "speech-worker-2": ("speech", *ONE_AT_A_TIME),
        "render-worker": ("render", *ONE_AT_A_TIME),
        "api-worker": ("uploads,messages",),
    }
    for worker, options in workers.items():
        programs[worker] = ground.program(worker, environment, "worker", "--queues", *options)
    database = environment.get("DATABASE_URL") or f"sqlite:///{ground.data / 'ecg.db'}"
    return Apart(name, ground, database, redis, urls, programs, bucket)


@contextmanager
def _embedded(ground: Ground) -> Iterator[Apart]:
    yield _apart("SQLite, embedded Redis, files on disk", ground, EmbeddedRedis(ground.data))


@contextmanager
def _services(ground: Ground) -> Iterator[Apart]:
    redis_data = ground.folder.parent / "redis"  # not in its folder: this one is the run's
    redis_data.mkdir()
    with (
        OwnRedis(redis_data) as redis,
        postgres() as server,
        fresh_database(server) as database,
        s3() as store,
    ):
        bucket = store.new_bucket()
        variables = {
            "DATABASE_URL": database,
            "REDIS_URL": redis.url,
            "S3_BUCKET": bucket,
            "S3_ENDPOINT_URL": store.endpoint_url,
            **store.environment,
        }
        yield _apart("PostgreSQL, Redis, S3", ground, redis, (store, bucket), **variables)


PLACES: dict[str, Callable[[Ground], AbstractContextManager[Apart]]] = {
    "embedded": _embedded,
    "services": _services,
}
