"""A circuit breaker whose state is in Redis, so that all processes see the same one.

    closed ──`failures` in a row──► open ──after `open_seconds`──► half-open: one call is let through
      ▲                              ▲                                │
      │          it succeeds         └──────────── it fails ──────────┤
      └───────────────────────────────────────────────────────────────┘

While a server of ours is down, nobody waits for it: calls fail at once, with the seconds after which it is
tried again. A failure is a server that cannot be reached, is too slow or breaks down (ConnectionFailed,
TimedOut); any other error is an answer, and proves that the server lives. Without Redis each process keeps
the state for itself.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ecg.errors import ConnectionFailed, TimedOut
from ecg.net.breaker_scripts import ENTER, FAIL, STATUS, SUCCEED

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 1.0
"""A Redis that takes longer is away."""
PATIENCE_SECONDS = 10.0
"""How long Redis is left alone once it failed."""

TURNS = 16
"""Commands at once; the client's pool would refuse those beyond its size."""

CLOSED, PROBING = 0, 1


class CircuitOpen(ConnectionFailed):
    """The server has failed so often that it is not asked now."""

    def __init__(self, name: str, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(
            f"the {name} server does not answer and is not asked now",
            hint=f"try again in {self.seconds} seconds",
        )


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """What `/health` tells. `retry_seconds`: until the server is tried again; None while it is closed."""

    state: Literal["closed", "open", "half-open"]
    failures: int
    retry_seconds: float | None


@dataclass(slots=True)
class _Local:
    """The same state in this process, for as long as Redis is away. Moments are those of time.monotonic."""

    failures: int = 0
    failed_at: float = 0.0
    opened_at: float | None = None
    probe_until: float = 0.0


class Breaker:
    """One a server that we call; `name` (speech, render) is what processes share it by."""

    def __init__(
        self,
        redis: Redis | None,
        name: str,
        *,
        failures: int = 5,
        open_seconds: float = 30.0,
        probe_seconds: float = 60.0,
    ) -> None:
        """`probe_seconds`: after so long a trial call counts as lost, and another one is let through."""
        self.name = name
        self._failures = failures
        self._open = open_seconds
        self._probe = probe_seconds
        self._memory = max(300.0, 10 * open_seconds)
        """Seconds after which failures are forgotten."""
        self._key = f"ecg:breaker:{name}"
        self._local = _Local()
        self._away_until = 0.0
        self._redis = redis
        self._turns = asyncio.Semaphore(TURNS)
        if redis is not None:
            self._scripts = {
                script: redis.register_script(script) for script in (ENTER, FAIL, SUCCEED, STATUS)
            }

    @asynccontextmanager
    async def guard(self) -> AsyncIterator[None]:
        """Around one call of the server. Raises CircuitOpen instead of beginning."""
        mode = await self._enter()
        try:
            yield
        except (ConnectionFailed, TimedOut):
            await self._fail(mode)
            raise
        except asyncio.CancelledError:  # says nothing about the server; a lost trial call is repeated
            raise
        except BaseException:
            await self._succeed(mode)
            raise
        await self._succeed(mode)

    async def status(self) -> BreakerStatus:
        answer = await self._ask(STATUS)
        if answer is None:
            opened = self._local.opened_at
            failures = self._remembered()
            since = None if opened is None else time.monotonic() - opened
        else:
            failures, milliseconds = int(answer[0]), int(answer[1])
            since = None if milliseconds < 0 else milliseconds / 1000
        if since is None:
            return BreakerStatus("closed", failures, None)
        left = max(0.0, self._open - since)
        return BreakerStatus("open" if left else "half-open", failures, round(left, 1))

    async def _enter(self) -> int:
        answer = await self._ask(ENTER, self._open, self._probe)
        mode, wait = self._enter_alone() if answer is None else (int(answer[0]), int(answer[1]) / 1000)
        if mode < 0:
            raise CircuitOpen(self.name, wait)
        return mode

    async def _fail(self, mode: int) -> None:
        answer = await self._ask(FAIL, mode, self._failures, self._memory)
        opened = self._fail_alone(mode) if answer is None else bool(answer)
        if opened:
            log.warning("a server is not asked for a while", server=self.name, seconds=self._open)

    async def _succeed(self, mode: int) -> None:
        answer = await self._ask(SUCCEED, mode)
        closed = self._succeed_alone(mode) if answer is None else bool(answer)
        if closed:
            log.info("a server answers again", server=self.name)

    async def _ask(self, script: str, *values: float) -> Any:
        """The script's answer; None while Redis is away. Seconds become milliseconds there."""
        if self._redis is None or time.monotonic() < self._away_until:
            return None
        run: Callable[..., Awaitable[Any]] = self._scripts[script]
        try:
            async with self._turns, asyncio.timeout(ANSWER_SECONDS):
                return await run(keys=[self._key], args=list(values))
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + PATIENCE_SECONDS
            log.warning("a breaker counts for its process alone: Redis is away", error=repr(error))
            return None

    def _remembered(self) -> int:
        if time.monotonic() - self._local.failed_at > self._memory:
            self._local = _Local()
        return self._local.failures

    def _enter_alone(self) -> tuple[int, float]:
        self._remembered()
        local, now = self._local, time.monotonic()
        if local.opened_at is None:
            return CLOSED, 0
        wait = max(local.opened_at + self._open, local.probe_until) - now
        if wait > 0:
            return -1, wait
        local.probe_until = now + self._probe
        return PROBING, 0

    def _fail_alone(self, mode: int) -> bool:
        local, now = self._local, time.monotonic()
        if local.opened_at is not None and mode == CLOSED:
            return False
        local.failures, local.failed_at = local.failures + 1, now
        if mode == PROBING or local.failures >= self._failures:
            local.opened_at, local.probe_until = now, 0.0
            return True
        return False

    def _succeed_alone(self, mode: int) -> bool:
        opened = self._local.opened_at is not None
        if opened and mode == CLOSED:
            return False
        self._local = _Local()
        return opened
