"""Events to those who watch, over a real Redis that may be killed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from ecg.errors import InputError, NotFound
from ecg.jobs.live import watcher
from ecg.jobs.live.events import EventHub
from ecg.jobs.live.state import FINAL_VERSION, Event, LiveState
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from tests.jobs.live_redis import LiveRedis, live_redis, live_state, view

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Truth:
    """Stands for the rows: what the hub falls back to."""

    def __init__(self) -> None:
        self.views: dict[tuple[str, str], JobView] = {}
        self.looks = 0

    async def load(self, tenant_id: str, job_id: str) -> JobView:
        self.looks += 1
        try:
            return self.views[tenant_id, job_id]
        except KeyError:
            raise NotFound(f"there is no job {job_id!r}") from None


class World:
    def __init__(self, live: LiveState, server: LiveRedis | None) -> None:
        self.live = live
        self.server = server
        self.truth = Truth()
        self.hub = EventHub(live, self.truth.load)
        self.version = 0

    async def tell(self, told: JobView) -> None:
        """A change as the spine makes it: the row, then the live state."""
        self.version += 1
        self.truth.views[told.tenant_id, told.job_id] = told
        await self.live.write(told, FINAL_VERSION if told.state.final else self.version)

    async def hears(self, count: int) -> None:
        """Wait until so many channels are heard."""
        assert self.server is not None
        redis = self.server.client()
        async with asyncio.timeout(60):
            while len(await redis.pubsub_channels("tenant:*")) != count:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    async with live_state() as (live, server):
        made = World(live, server)
        try:
            yield made
        finally:
            await made.hub.close()


async def collect(events: AsyncGenerator[Event], count: int | None = None) -> list[Event]:
    """Until the end, or so many."""
    found: list[Event] = []
    async with asyncio.timeout(20), aclosing(events):
        async for event in events:
            found.append(event)
            if len(found) == count:
                break
    return found


def shown(events: list[Event]) -> list[tuple[str, int]]:
    return [(event.view.state.value, event.view.progress) for event in events]


async def test_the_present_comes_first_and_the_end_ends() -> None:
    async with world() as w:
        await w.tell(view(10))
        await w.tell(view(20))
        watching = asyncio.create_task(collect(w.hub.watch("service", "job")))
        await w.hears(1)
        await w.tell(view(30))
        await w.tell(view(100, State.DONE))
        assert shown(await watching) == [("PROCESSING", 20), ("PROCESSING", 30), ("DONE", 100)]
        assert w.truth.looks == 0
        await w.hears(0)
        assert w.hub.watchers == 0


async def test_an_unknown_job_is_not_found() -> None:
    async with world() as w:
        with pytest.raises(NotFound):
            await collect(w.hub.watch("service", "nothing"))


@pytest.mark.parametrize("wrong", ["", "x", "-", "1-", "-1", "1-2-3", "9" * 20, "٣"])
async def test_a_wrong_event_id_is_refused(wrong: str) -> None:
    async with world() as w:
        await w.tell(view(10))
        with pytest.raises(InputError):
            await collect(w.hub.watch("service", "job", wrong))


async def test_a_job_that_redis_does_not_know_is_looked_up() -> None:
    async with world() as w:
        w.truth.views["service", "job"] = view(100, State.DONE)
        assert shown(await collect(w.hub.watch("service", "job"))) == [("DONE", 100)]


async def test_resuming_after_random_cuts_leaves_no_gap() -> None:
    for seed in range(5):
        await _resume(random.Random(seed))


async def _resume(chance: random.Random) -> None:
    async with world() as w:
        await w.tell(view(0))

        async def work() -> None:
            for progress in range(1, 100):
                await w.tell(view(progress))
                if chance.random() < 0.3:
                    await asyncio.sleep(chance.random() * 0.01)
            await w.tell(view(100, State.DONE))

        found = await collect(w.hub.watch("service", "job"), 1)
        working = asyncio.create_task(work())
        while not found[-1].view.state.final:
            found += await collect(w.hub.watch("service", "job", found[-1].id), chance.randint(1, 20))
        await working
        assert [event.view.progress for event in found] == list(range(101))
        assert len({event.id for event in found}) == 101


async def test_who_saw_the_end_is_told_nothing_more() -> None:
    async with world() as w:
        await w.tell(view(50))
        await w.tell(view(100, State.DONE))
        [end] = await collect(w.hub.watch("service", "job"))
        assert await collect(w.hub.watch("service", "job", end.id)) == []


async def test_an_id_of_a_redis_that_is_no_more_begins_at_the_present() -> None:
    async with world() as w:
        await w.tell(view(50))
        [event] = await collect(w.hub.watch("service", "job", f"{10**18}-0"), 1)
        assert event.view == view(50)
        assert watcher.order(event.id) < (10**18, 0)


async def test_many_watchers_share_one_connection() -> None:
    async with world() as w:
        for number in range(20):
            await w.tell(view(1, job_id=f"job-{number}"))
        watching = [
            asyncio.create_task(collect(w.hub.watch("service", f"job-{number % 20}")))
            for number in range(200)
        ]
        await w.hears(20)
        assert w.server is not None
        assert (await w.server.client().info("clients"))[
            "pubsub_clients" if False else "connected_clients"
        ] < 50
        for number in range(20):
            await w.tell(view(100, State.DONE, job_id=f"job-{number}"))
        for events in await asyncio.gather(*watching):
            assert shown(events) == [("PROCESSING", 1), ("DONE", 100)]
        await w.hears(0)


async def test_a_slow_watcher_holds_few_events_and_misses_none() -> None:
    async with world() as w:
        await w.tell(view(0))
        events = w.hub.watch("service", "job")
        first = await anext(events)
        await w.hears(1)
        for number in range(1, 500):
            await w.tell(view(number % 100, message=str(number)))
        [[slow]] = [list(those) for those in w.hub._watchers.values()]
        assert len(slow._heard) <= watcher.QUEUED
        await w.tell(view(100, State.DONE))
        rest = await collect(events)
        assert first.view.progress == 0
        assert [event.view.message for event in rest[:-1]] == [str(number) for number in range(1, 500)]
        assert rest[-1].view.state is State.DONE


async def test_redis_away_is_polling_and_back_is_events_again() -> None:
    async with world() as w:
        assert w.server is not None
        await w.tell(view(10))
        events = w.hub.watch("service", "job")
        async with asyncio.timeout(30), aclosing(events):
            assert (await anext(events)).view.progress == 10
            await w.hears(1)
            w.server.kill()
            await w.tell(view(20))
            away = await anext(events)
            assert away.view.progress == 20  # the truth was looked at
            await w.server.start()
            await w.hears(1)
            while not w.live.up:
                await asyncio.sleep(0.01)
            await w.tell(view(30))
            assert (await anext(events)).view.progress == 30
            w.server.kill()
            await w.tell(view(100, State.DONE))
            assert shown([event async for event in events]) == [("DONE", 100)]


async def test_a_client_may_resume_while_redis_is_away() -> None:
    async with world() as w:
        assert w.server is not None
        await w.tell(view(10))
        [seen] = await collect(w.hub.watch("service", "job"), 1)
        w.server.kill()
        await w.tell(view(20))
        [event] = await collect(w.hub.watch("service", "job", seen.id), 1)
        assert event == Event(seen.id, view(20))


async def test_an_event_that_was_lost_is_found_by_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "DOUBT_SECONDS", 0.2)
    async with world() as w:
        await w.tell(view(10))
        watching = asyncio.create_task(collect(w.hub.watch("service", "job")))
        await w.hears(1)
        w.truth.views["service", "job"] = view(100, State.DONE)  # the write to Redis never came
        assert shown(await watching) == [("PROCESSING", 10), ("DONE", 100)]


async def test_without_redis_the_truth_is_polled() -> None:
    w = World(LiveState(None), None)
    await w.tell(view(10))
    events = w.hub.watch("service", "job")
    assert (await anext(events)).view.progress == 10
    await w.tell(view(100, State.DONE))
    assert shown([event async for event in events]) == [("DONE", 100)]
    await w.hub.close()


async def test_noise_on_the_channel_disturbs_nobody() -> None:
    async with world() as w:
        assert w.server is not None
        await w.tell(view(10))
        watching = asyncio.create_task(collect(w.hub.watch("service", "job")))
        await w.hears(1)
        await w.server.client().publish("tenant:service:job:job:events", "noise")
        await w.tell(view(100, State.DONE))
        assert shown(await watching) == [("PROCESSING", 10), ("DONE", 100)]


async def test_two_servers_hear_the_same_job() -> None:
    async with live_redis() as server:
        lives = [LiveState(server.client()) for _ in range(3)]
        hubs = [EventHub(live, Truth().load) for live in lives[:2]]
        await lives[2].write(view(1), 1)
        watching = [asyncio.create_task(collect(hub.watch("service", "job"))) for hub in hubs]
        async with asyncio.timeout(60):
            while (await server.client().pubsub_numsub("tenant:service:job:job:events"))[0][1] != 2:
                await asyncio.sleep(0.01)
        await lives[2].write(view(100, State.DONE), FINAL_VERSION)
        for events in await asyncio.gather(*watching):
            assert shown(events) == [("PROCESSING", 1), ("DONE", 100)]
        for hub in hubs:
            await hub.close()


async def test_a_frozen_redis_is_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "DOUBT_SECONDS", 0.5)
    async with world() as w:
        assert w.server is not None
        await w.tell(view(10))
        watching = asyncio.create_task(collect(w.hub.watch("service", "job")))
        await w.hears(1)
        w.server.freeze()
        try:
            await w.tell(view(100, State.DONE))
            assert shown(await watching) == [("PROCESSING", 10), ("DONE", 100)]
        finally:
            w.server.thaw()
