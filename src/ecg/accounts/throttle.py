"""How often somebody may try: counted in Redis, so that all servers count together.

Without Redis each server counts for itself, which is worse and much better than nothing; it says so once.
A network is an IPv4 address or the /64 of an IPv6 one, since a home has a whole /64.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.requests import HTTPConnection

from ecg.accounts.refusals import TooManyAttempts
from ecg.settings import Settings
from ecg.web import Refused

log = structlog.get_logger(__name__)

WINDOW_MINUTES = 15
PATIENCE_SECONDS = 30
"""How long Redis is left alone once it failed."""
ANSWER_SECONDS = 2.0
TURNS = 12
"""Commands at once; the client's pool, which others use too, would refuse those beyond its size."""

Ask = Callable[[SlidingWindowCounterRateLimiter], Awaitable[float | None]]


class Limiter:
    """Counts what happens within sliding windows."""

    def __init__(self, redis: Redis | None) -> None:
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = None
        if redis is not None:
            storage = RedisStorage(
                "async+redis://",
                implementation="redispy",
                key_prefix="ecg:limits",
                connection_pool=redis.connection_pool,  # type: ignore[arg-type]
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)
        self._away_until = 0.0
        self._turns = asyncio.Semaphore(TURNS)

    async def over(self, limit: RateLimitItem, *who: str) -> float | None:
        """Seconds to wait when `who` has used the limit up, else None; counts nothing."""

        async def ask(limiter: SlidingWindowCounterRateLimiter) -> float | None:
            if await limiter.test(limit, *who):
                return None
            return await _left(limiter, limit, who)

        return await self._asked(ask)

    async def take(self, limit: RateLimitItem, *who: str) -> float | None:
        """Count one; seconds to wait when that was one too many, else None. Atomic."""

        async def count(limiter: SlidingWindowCounterRateLimiter) -> float | None:
            if await limiter.hit(limit, *who):
                return None
            return await _left(limiter, limit, who)

        return await self._asked(count)

    async def _asked(self, ask: Ask) -> float | None:
        """In Redis when that can be reached, else here."""
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                async with self._turns, asyncio.timeout(ANSWER_SECONDS):
                    return await ask(self._shared)
            except (RedisError, OSError, TimeoutError) as error:
                self._away(error)
        return await ask(self._own)

    def _away(self, error: Exception) -> None:
        if time.monotonic() < self._away_until:
            return  # others that were on their way have said so
        self._away_until = time.monotonic() + PATIENCE_SECONDS
        log.warning("attempts are counted by each server alone: Redis cannot be reached", error=repr(error))


async def _left(
    limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, who: tuple[str, ...]
) -> float:
    return max(1.0, (await limiter.get_window_stats(limit, *who)).reset_time - time.time())


class Throttle:
    """The limits of accounts. Only failures of sign-ins count: whoever knows the password is never stopped
    by what others try from elsewhere, nor by signing in often."""

    def __init__(self, limiter: Limiter, settings: Settings) -> None:
        self._limiter = limiter
        failures = settings.login_failures
        self._account = RateLimitItemPerMinute(failures, WINDOW_MINUTES, namespace="login")
        self._network = RateLimitItemPerMinute(10 * failures, WINDOW_MINUTES, namespace="logins")
        self._signups = RateLimitItemPerHour(settings.signups_per_hour, namespace="signups")
        self._messages = RateLimitItemPerHour(5, namespace="messages")

    async def check_login(self, network: str, email: str) -> None:
        """Raises a 429 when too many tries from there failed."""
        for limit, who in ((self._account, (network, email)), (self._network, (network,))):
            if (seconds := await self._limiter.over(limit, *who)) is not None:
                raise too_many("attempts to sign in", seconds)

    async def failed_login(self, network: str, email: str) -> None:
        await self._limiter.take(self._account, network, email)
        await self._limiter.take(self._network, network)

    async def signup(self, network: str) -> None:
        """Raises a 429."""
        if (seconds := await self._limiter.take(self._signups, network)) is not None:
            raise too_many("new accounts from this network", seconds)

    async def may_send(self, email: str) -> bool:
        """Whether one more message may go there; strangers can have us send them."""
        return await self._limiter.take(self._messages, email) is None

    async def guess(self, network: str) -> None:
        """One wrong token of a message counts like a wrong password of no account."""
        await self._limiter.take(self._network, network)

    async def check_guesses(self, network: str) -> None:
        """Raises a 429."""
        if (seconds := await self._limiter.over(self._network, network)) is not None:
            raise too_many("attempts", seconds)


def too_many(what: str, seconds: float) -> Refused:
    error = TooManyAttempts(what, seconds=seconds)
    return Refused(429, error, headers={"Retry-After": str(error.seconds)})


def network_of(connection: HTTPConnection) -> str:
    """Where a request comes from; behind a proxy, what the proxy says (uvicorn's --forwarded-allow-ips)."""
    host = connection.client.host if connection.client is not None else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host or "local"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, 64), strict=False))
    return str(address)
