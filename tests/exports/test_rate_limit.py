"""Twenty a minute are twenty: for all servers together, whoever asks at the same moment."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from ecg.exports.rate_limit import ExportRate
from tests.jobs.live_redis import live_redis

pytestmark = pytest.mark.anyio


async def test_two_hundred_at_once_over_four_servers() -> None:
    async with live_redis() as redis:
        servers = [ExportRate(redis.client(), 20) for _ in range(4)]
        rates = await asyncio.gather(*(servers[number % 4].take("here", "me") for number in range(200)))
        assert Counter(rate.allowed for rate in rates) == {True: 20, False: 180}
        assert (await servers[0].take("here", "colleague")).allowed
        assert (await servers[0].take("elsewhere", "me")).allowed


async def test_headers_tell_what_is_left() -> None:
    async with live_redis() as redis:
        rate = ExportRate(redis.client(), 2)
        first = (await rate.take("here", "me")).headers()
        assert first["RateLimit-Limit"] == "2"
        assert first["RateLimit-Remaining"] == "1"
        assert 50 <= int(first["RateLimit-Reset"]) <= 60
        assert "Retry-After" not in first
        await rate.take("here", "me")
        refused = (await rate.take("here", "me")).headers()
        assert refused["RateLimit-Remaining"] == "0"
        assert refused["Retry-After"] == refused["RateLimit-Reset"]


async def test_without_redis_a_server_counts_for_itself() -> None:
    async with live_redis() as redis:
        rate = ExportRate(redis.client(), 3)
        redis.kill()
        rates = await asyncio.gather(*(rate.take("here", "me") for _ in range(10)))
        assert sum(each.allowed for each in rates) == 3
