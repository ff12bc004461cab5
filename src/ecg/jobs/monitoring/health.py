"""Whether the server lives, whether it is ready, and what is broken, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from anyio import to_thread
from pydantic import BaseModel
from sqlalchemy import text

from ecg.database import Database
from ecg.errors import EcgError
from ecg.jobs.monitoring.outlook import Outlook
from ecg.redis_server import RedisLink

PATIENCE_SECONDS = 3.0
NEEDED = ("database", "store")
"""Without these no job can be registered, or none can end well. Without the others jobs wait, or are followed
more slowly: that is degraded, not unavailable."""


class Check(BaseModel):
    ok: bool
    message: str | None = None
    """What is broken, and what to do."""


class Health(BaseModel):
    status: Literal["ok", "degraded", "unavailable"]
    alive: Literal[True] = True
    ready: bool
    """Whether jobs can be registered and looked at."""
    broken: list[str]
    checks: dict[str, Check]
    """``database``, ``redis``, ``workers`` and ``store``."""


class HealthChecks:
    """Asks everything that a server of jobs needs, at once."""

    def __init__(
        self, database: Database, redis: RedisLink, outlook: Outlook, check_store: Callable[[], None]
    ) -> None:
        """`check_store` blocks; it raises a StorageError."""
        self._database = database
        self._redis = redis
        self._outlook = outlook
        self._check_store = check_store

    async def look(self) -> Health:
        asked: dict[str, Callable[[], Awaitable[str | None]]] = {
            "database": self._ask_database,
            "redis": self._ask_redis,
            "workers": self._ask_workers,
            "store": self._ask_store,
        }
        found = await asyncio.gather(*(self._ask(name, question) for name, question in asked.items()))
        checks = dict(zip(asked, found, strict=True))
        broken = [name for name, check in checks.items() if not check.ok]
        ready = all(checks[name].ok for name in NEEDED)
        status = "ok" if not broken else "degraded" if ready else "unavailable"
        return Health(status=status, ready=ready, broken=broken, checks=checks)

    async def _ask(self, name: str, question: Callable[[], Awaitable[str | None]]) -> Check:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                trouble = await question()
        except TimeoutError:
            trouble = f"the {name} did not answer within {PATIENCE_SECONDS:g} s"
        except EcgError as error:
            trouble = f"{error.message}; {error.hint}" if error.hint else error.message
        except Exception as error:  # a broken thing is the answer here, whatever it raises
            trouble = f"the {name} cannot be used: {type(error).__name__}"
        return Check(ok=trouble is None, message=trouble)

    async def _ask_database(self) -> None:
        async with self._database.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def _ask_redis(self) -> str | None:
        if await self._redis.answers():
            return None
        return "Redis cannot be reached: jobs run, progress is read from the database (REDIS_URL)"

    async def _ask_workers(self) -> str | None:
        queue = await self._outlook.queue()
        if self._outlook.alive():
            return None
        silent = len(queue["workers"])
        known = f"; {silent} have fallen silent" if silent else ""
        return f"no worker takes jobs{known}: start one with `ecg worker --queues {self._outlook.name}`"

    async def _ask_store(self) -> None:
        await to_thread.run_sync(self._check_store)
