"""Live state in a real Redis: what is kept, for how long, and what happens when Redis is away."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest
import structlog
from redis.asyncio import Redis

from ecg.jobs.live import state as module
from ecg.jobs.live.state import FINAL_VERSION, LiveState
from ecg.jobs.states import State
from tests.jobs.live_redis import LiveRedis, live_redis, live_state, view

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def until(condition: object, *, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def back(live: LiveState, server: LiveRedis) -> None:
    await server.start()
    await until(lambda: live.up)


async def test_what_was_written_is_read() -> None:
    async with live_state() as (live, _):
        written = view(40, stage="encoding", details={"frames_processed": 12}, attempt=1)
        assert await live.read("service", "job") is None
        assert await live.write(written, 1_000_001)
        assert await live.read("service", "job") == written
        assert await live.read("another", "job") is None


async def test_the_keys_are_those_of_the_contract() -> None:
    async with live_state() as (live, server):
        redis = server.client()
        await live.write(view(45), 1)
        assert await redis.get("tenant:service:job:job:status") == b"PROCESSING"
        assert await redis.get("tenant:service:job:job:progress") == b"45"
        keys = [key async for key in redis.scan_iter("*")]
        assert len(keys) == 4
        for key in keys:
            assert 6 * 3600 - 5 <= await redis.ttl(key) <= 6 * 3600
        await live.write(view(100, State.DONE), FINAL_VERSION)
        for key in keys:
            assert 3600 - 5 <= await redis.ttl(key) <= 3600


async def test_polls_that_found_something_are_counted() -> None:
    async with live_state() as (live, server):
        await live.write(view(1), 1)
        for job_id in ("job", "job", "unknown"):
            await live.read("service", job_id)
        assert (live.hits, live.misses) == (2, 1)
        server.kill()
        assert await live.read("service", "job") is None
        assert (live.hits, live.misses) == (2, 2)


async def test_older_and_equal_versions_are_ignored() -> None:
    async with live_state() as (live, _):
        assert await live.write(view(50), 1_000_002)
        assert not await live.write(view(40), 1_000_001)
        assert not await live.write(view(45), 1_000_002)
        assert await live.read("service", "job") == view(50)
        assert await live.write(view(10), 2_000_000)
        assert await live.read("service", "job") == view(10)


async def test_nothing_follows_a_final_state() -> None:
    async with live_state() as (live, _):
        assert await live.write(view(100, State.DONE), FINAL_VERSION)
        assert not await live.write(view(60), FINAL_VERSION - 1)
        assert not await live.write(view(0, State.CANCELLED), FINAL_VERSION)
        assert await live.read("service", "job") == view(100, State.DONE)


async def test_a_write_without_news_renews_and_is_no_event() -> None:
    async with live_state() as (live, server):
        redis = server.client()
        await live.write(view(50), 1)
        await redis.expire("tenant:service:job:job:view", 100)
        assert not await live.write(view(50), 2)
        assert await redis.ttl("tenant:service:job:job:view") > 100
        assert await redis.xlen("tenant:service:job:job:events") == 1
        assert not await live.write(view(40), 1)  # the newer version was noted


async def test_an_unfinished_view_that_nobody_renews_is_not_believed() -> None:
    async with live_state() as (live, server):
        redis = server.client()
        await live.write(view(50), 1)
        await redis.expire(
            "tenant:service:job:job:view", int(module.RUNNING_SECONDS - module.FRESH_SECONDS - 1)
        )
        assert await live.read("service", "job") is None
        snapshot = await live.snapshot("service", "job")
        assert snapshot is not None
        assert snapshot.view == view(50)
        await live.write(view(50), 1)
        assert await live.read("service", "job") == view(50)


async def test_events_are_replayed_after_an_id() -> None:
    async with live_state() as (live, _):
        for progress in range(5):
            await live.write(view(progress), progress)
        events = await live.events("service", "job", "0-0")
        assert events is not None
        assert [event.view.progress for event in events] == [0, 1, 2, 3, 4]
        later = await live.events("service", "job", events[2].id)
        assert later == events[3:]
        snapshot = await live.snapshot("service", "job")
        assert snapshot is not None
        assert snapshot.event_id == events[-1].id


async def test_the_stream_does_not_grow_without_end() -> None:
    async with live_state() as (live, server):
        for number in range(1300):
            await live.write(view(number % 100), number)
        assert await server.client().xlen("tenant:service:job:job:events") <= 1100


async def test_a_read_and_a_write_are_one_command_each() -> None:
    async with live_state() as (live, server):
        await live.write(view(1), 1)
        await live.read("service", "job")
        redis = server.client()

        async def calls_of(command: str) -> int:
            return int((await redis.info("commandstats"))[f"cmdstat_{command}"]["calls"])

        scripts = await calls_of("evalsha")
        for number in range(10):
            await live.write(view(number), 10 + number)
        assert await calls_of("evalsha") == scripts + 10
        for _ in range(10):
            await live.read("service", "job")
        assert await calls_of("evalsha") == scripts + 20


async def test_without_redis_nothing_is_known_and_nothing_raises() -> None:
    live = LiveState(None)
    assert not await live.write(view(1), 1)
    assert await live.read("service", "job") is None
    assert await live.events("service", "job", "0-0") is None
    await live.ask_cancel("service", "job")
    await live.wake("render")
    await live.close()


async def test_a_redis_that_was_never_there_is_one_warning() -> None:
    live = LiveState(Redis(unix_socket_path="/nonexistent/redis.sock"))
    with structlog.testing.capture_logs() as logs:
        began = time.monotonic()
        for _ in range(200):
            assert await live.read("service", "job") is None
            assert not await live.write(view(1), 1)
        assert time.monotonic() - began < 5
    await live.close()
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_what_could_not_be_written_is_written_when_redis_is_back() -> None:
    async with live_state() as (live, server):
        await live.write(view(10), 1)
        server.kill()
        with structlog.testing.capture_logs() as logs:
            assert not await live.write(view(50), 2)
            assert not await live.write(view(100, State.DONE), FINAL_VERSION)
            assert not await live.write(view(3, job_id="other"), 2)
            assert await live.read("service", "job") is None
            await back(live, server)
        assert [entry["log_level"] for entry in logs] == ["warning", "info"]
        assert await live.read("service", "job") == view(100, State.DONE)
        assert await live.read("service", "other") == view(3, job_id="other")


async def test_a_flushed_redis_is_filled_by_the_next_write() -> None:
    async with live_state() as (live, server):
        await live.write(view(10), 5)
        await server.client().flushall()
        await server.client().script_flush()
        assert await live.read("service", "job") is None
        assert await live.write(view(11), 6)
        assert await live.read("service", "job") == view(11)


async def test_a_frozen_redis_holds_up_one_poll_only() -> None:
    async with live_state() as (live, server):
        await live.write(view(10), 1)
        server.freeze()
        try:
            assert await live.read("service", "job") is None
            began = time.monotonic()
            for _ in range(100):
                assert await live.read("service", "job") is None
            assert time.monotonic() - began < 0.5
        finally:
            server.thaw()
        await until(lambda: live.up)
        assert await live.read("service", "job") == view(10)


async def test_many_polls_at_once_share_few_connections() -> None:
    async with live_state() as (live, server):
        await live.write(view(10), 1)
        found = await asyncio.gather(*(live.read("service", "job") for _ in range(1000)))
        assert found == [view(10)] * 1000
        assert (await server.client().info("clients"))["connected_clients"] <= module.TURNS + 2


async def test_a_cancellation_is_heeded_whenever_it_comes() -> None:
    """redis-py loses it at some steps of connecting."""
    async with live_redis() as server:
        for steps in range(40):
            live = LiveState(server.client())

            async def write(live: LiveState = live) -> None:
                while True:
                    await live.write(view(1), 1)
                    await asyncio.sleep(0.001)

            async def listen(live: LiveState = live) -> None:
                async for _ in live.listen(["ecg:cancel"]):
                    pass

            tasks = [asyncio.create_task(write()), asyncio.create_task(listen())]
            for _ in range(steps):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            _, pending = await asyncio.wait(tasks, timeout=5)
            assert not pending, f"lost at step {steps}"
            await live.close()


async def test_messages_are_heard_also_after_redis_was_away() -> None:
    async with live_state() as (live, server):
        redis = server.client()
        async with aclosing(live.listen(["ecg:wake:render", "ecg:cancel"])) as messages:
            heard = asyncio.ensure_future(anext(messages))
            await _subscribed(redis)
            await live.wake("other")
            await live.wake("render")
            assert await heard == ("ecg:wake:render", "")
            heard = asyncio.ensure_future(anext(messages))
            server.kill()
            await server.start()
            await _subscribed(redis)
            await live.ask_cancel("service", "job")
            await until(lambda: live.up)
            await live.ask_cancel("service", "job")
            assert await heard == ("ecg:cancel", "service/job")


async def _subscribed(redis: Redis) -> None:
    async with asyncio.timeout(60):
        while not (await redis.pubsub_numsub("ecg:wake:render"))[0][1]:
            await asyncio.sleep(0.01)
