"""When a breaker opens, who gets through, how it closes: over Redis, between processes, and without Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from ecg.errors import ConnectionFailed, FetchRefused, TimedOut
from ecg.net.breaker import Breaker, CircuitOpen
from tests.jobs.live_redis import LiveRedis, live_redis

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[LiveRedis]:
    async with live_redis() as made:
        yield made


@pytest.fixture(params=["redis", "alone"])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Redis | None]:
    if request.param == "alone":
        yield None
        return
    async with live_redis() as made:
        yield made.client()


async def call(breaker: Breaker, error: Exception | None = None) -> None:
    async with breaker.guard():
        if error is not None:
            raise error


async def fail(breaker: Breaker, times: int = 1, error: Exception | None = None) -> None:
    for _ in range(times):
        raised = error or ConnectionFailed("away")
        with pytest.raises(type(raised)):
            await call(breaker, raised)


async def state(breaker: Breaker) -> str:
    return (await breaker.status()).state


async def test_it_opens_after_the_set_count_of_failures_in_a_row(redis: Redis | None) -> None:
    breaker = Breaker(redis, "speech", failures=3, open_seconds=30)
    await fail(breaker, 2)
    await call(breaker)  # a success forgets them
    await fail(breaker, 2, TimedOut("slow"))
    assert await state(breaker) == "closed"
    await fail(breaker)
    status = await breaker.status()
    assert (status.state, status.failures) == ("open", 3)
    assert status.retry_seconds is not None
    assert 25 < status.retry_seconds <= 30
    with pytest.raises(CircuitOpen) as refused:
        await call(breaker)
    assert 25 < refused.value.seconds <= 30


async def test_an_answer_that_refuses_proves_that_the_server_lives(redis: Redis | None) -> None:
    breaker = Breaker(redis, "speech", failures=2)
    await fail(breaker)
    await fail(breaker, error=FetchRefused("404"))
    await fail(breaker)
    assert await state(breaker) == "closed"


async def test_one_call_tries_an_open_circuit_and_closes_it(redis: Redis | None) -> None:
    breaker = Breaker(redis, "speech", failures=1, open_seconds=0.2)
    await fail(breaker)
    await asyncio.sleep(0.25)
    assert await state(breaker) == "half-open"
    async with breaker.guard():
        with pytest.raises(CircuitOpen):  # the others wait for what becomes of it
            await call(breaker)
    assert await state(breaker) == "closed"
    await call(breaker)


async def test_a_failed_trial_opens_it_anew(redis: Redis | None) -> None:
    breaker = Breaker(redis, "speech", failures=3, open_seconds=0.2)
    await fail(breaker, 3)
    await asyncio.sleep(0.25)
    await fail(breaker)
    with pytest.raises(CircuitOpen):
        await call(breaker)


async def test_a_trial_that_was_given_up_does_not_keep_it_open(redis: Redis | None) -> None:
    breaker = Breaker(redis, "speech", failures=1, open_seconds=0.1, probe_seconds=0.2)
    await fail(breaker)
    await asyncio.sleep(0.15)
    with pytest.raises(asyncio.CancelledError):
        async with breaker.guard():
            raise asyncio.CancelledError
    await asyncio.sleep(0.25)
    await call(breaker)
    assert await state(breaker) == "closed"


async def test_calls_from_before_it_opened_change_nothing(redis: Redis | None) -> None:
    breaker = Breaker(redis, "speech", failures=1, open_seconds=30)
    async with breaker.guard():
        await fail(breaker)
    assert await state(breaker) == "open"


async def test_all_processes_see_it(server: LiveRedis) -> None:
    one, other = (Breaker(server.client(), "speech", failures=2) for _ in range(2))
    await fail(one)
    await fail(other)
    for breaker in (one, other):
        assert await state(breaker) == "open"
        with pytest.raises(CircuitOpen):
            await call(breaker)
    await call(Breaker(server.client(), "render", failures=2))  # each server has its own


async def test_two_hundred_at_once_make_one_trial(server: LiveRedis) -> None:
    breakers = [Breaker(server.client(), "speech", failures=1, open_seconds=0.1) for _ in range(4)]
    await fail(breakers[0])
    await asyncio.sleep(0.15)
    inside = 0

    async def attempt(number: int) -> None:
        nonlocal inside
        try:
            async with breakers[number % 4].guard():
                inside += 1
                await asyncio.sleep(0.5)
        except CircuitOpen:
            pass

    await asyncio.gather(*(attempt(number) for number in range(200)))
    assert inside == 1


async def test_without_redis_the_process_counts_for_itself(server: LiveRedis) -> None:
    breaker = Breaker(server.client(), "speech", failures=2)
    server.kill()
    await fail(breaker, 2)
    with pytest.raises(CircuitOpen):
        await call(breaker)
