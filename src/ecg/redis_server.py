"""The way to Redis: the one of REDIS_URL, or the embedded one when that is not set.

Redis makes things quick and live; nothing depends on it. Where it cannot be reached, this says so once and
everything goes on: the client fails fast, jobs run, polls ask the database.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from ecg.embedded_redis import READY_SECONDS, EmbeddedRedis, socket_path
from ecg.errors import SettingsError
from ecg.settings import Settings

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 5.0
"""A server that takes longer for one answer is taken for gone."""
_SOCKET_SCHEMES = ("unix", "redis+socket")


@dataclass(slots=True)
class RedisLink:
    """What a process has of Redis; `close` it at the end."""

    url: str
    """For redis-py."""
    celery_url: str
    """The same place as Celery spells it."""
    client: Redis
    """Answers bytes. Connects when first used, and again whenever the connection broke."""
    embedded: EmbeddedRedis | None = None
    keeper: asyncio.Task[None] | None = None

    async def answers(self) -> bool:
        try:
            return bool(await self.client.ping())
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        """Disconnect; an embedded server that this process started ends."""
        await self.client.aclose()
        if self.keeper is not None:
            self.keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.keeper


async def connect(settings: Settings) -> RedisLink:
    """The link to Redis; starts the embedded one, or joins it, when REDIS_URL is not set.

    A Redis that does not answer is a warning. Raises SettingsError for a REDIS_URL that cannot be read.
    """
    if settings.redis_url is None:
        return await _embedded(settings)
    url, celery_url = spellings(settings.redis_url)
    link = RedisLink(url, celery_url, client_of(url))
    if not await link.answers():
        log.warning(
            "the Redis of REDIS_URL cannot be reached: jobs run, and progress comes from the database",
            redis=place_of(url),
            hint="start it, or unset REDIS_URL to use the embedded one",
        )
    return link


def client_alone(settings: Settings) -> Redis:
    """A client for a process that keeps no server alive: those that serve and work do."""
    if settings.redis_url is None:
        return client_of(spellings(f"unix://{socket_path(settings.data_dir / 'redis')}")[0])
    return client_of(spellings(settings.redis_url)[0])


async def _embedded(settings: Settings) -> RedisLink:
    server = EmbeddedRedis(settings.data_dir / "redis")
    url, celery_url = spellings(f"unix://{server.socket}")
    keeper = asyncio.create_task(server.keep(), name="embedded-redis")
    link = RedisLink(url, celery_url, client_of(url), server, keeper)
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not server.trouble and not await link.answers():
                await asyncio.sleep(0.02)
    except TimeoutError:
        log.warning("the embedded Redis does not answer: jobs run, and progress comes from the database")
    except BaseException:
        await link.close()
        raise
    return link


def spellings(url: str) -> tuple[str, str]:
    """A Redis URL as redis-py and as Celery spell it: they differ for sockets. Raises SettingsError."""
    parts = urlsplit(url)
    if parts.scheme in _SOCKET_SCHEMES:
        return f"unix://{parts.path}", f"redis+socket://{parts.path}"
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise SettingsError(
            "REDIS_URL cannot be read",
            where="REDIS_URL",
            hint="redis://host:6379/0, rediss://… or unix:///path",
        )
    return url, url


def client_of(url: str) -> Redis:
    """A client that fails fast: one repetition at once, for the server may have closed an idle connection."""
    try:
        return Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
    except ValueError as error:
        raise SettingsError(f"REDIS_URL cannot be read: {error}", where="REDIS_URL") from None


def place_of(url: str) -> str:
    """The URL without its password, for logs."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"
