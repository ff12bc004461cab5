"""How many exports somebody may ask for in any minute: counted exactly, in Redis, for all servers together.

Every answer carries `RateLimit-Limit`, `-Remaining` and `-Reset` (seconds), a refusal `Retry-After` too.
Without Redis each server counts for itself.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 10
"""How long Redis is left alone once it failed."""
ANSWER_SECONDS = 2.0
TURNS = 16
"""Commands at once; the client's pool would refuse those beyond its size."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What is left to somebody. `reset_seconds`: until the oldest request that counts does so no more."""

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int

    def headers(self) -> dict[str, str]:
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
            "RateLimit-Policy": f"{self.limit};w=60",
        }
        return told if self.allowed else {**told, "Retry-After": str(self.reset_seconds)}


class ExportRate:
    def __init__(self, redis: Redis | None, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute, namespace="exports")
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared: MovingWindowRateLimiter | None = None
        self._away_until = 0.0
        self._turns = asyncio.Semaphore(TURNS)
        if redis is not None:
            storage = RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix="ecg:limits",
                connection_pool=redis.connection_pool,  # type: ignore[arg-type]
            )
            self._shared = MovingWindowRateLimiter(storage)

    async def take(self, tenant_id: str, user_id: str) -> Rate:
        """Count one request; `allowed` says whether that was within the limit."""
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                async with self._turns, asyncio.timeout(ANSWER_SECONDS):
                    return await self._take(self._shared, tenant_id, user_id)
            except (RedisError, OSError, TimeoutError) as error:
                self._away_until = time.monotonic() + PATIENCE_SECONDS
                log.warning("each server counts requests for itself: Redis is away", error=repr(error))
        return await self._take(self._own, tenant_id, user_id)

    async def _take(self, limiter: MovingWindowRateLimiter, *who: str) -> Rate:
        allowed = await limiter.hit(self._item, *who)
        stats = await limiter.get_window_stats(self._item, *who)
        remaining = max(0, stats.remaining) if allowed else 0
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        return Rate(allowed, self._item.amount, remaining, min(seconds, 60))
