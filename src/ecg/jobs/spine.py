"""The spine as a process has it: database, Redis, wake-ups, events, callbacks, put together and taken apart.

Servers and workers open it the same way; what differs is what they run on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from ecg.database import Database, migrate
from ecg.jobs.callbacks.delivery import CallbackSender
from ecg.jobs.callbacks.log import Callbacks
from ecg.jobs.kinds import load_kinds
from ecg.jobs.live.events import EventHub
from ecg.jobs.live.state import LiveState
from ecg.jobs.service import Jobs
from ecg.jobs.waking.wakeups import CeleryWakeups, RedisWakeups, Wakeups
from ecg.jobs.workers.sweep import Sweeper
from ecg.net import policy_of
from ecg.redis_server import RedisLink, connect
from ecg.settings import Settings

Mode = Literal["standalone", "celery"]


@dataclass(frozen=True, slots=True)
class Spine:
    settings: Settings
    database: Database
    redis: RedisLink
    live: LiveState
    jobs: Jobs
    events: EventHub
    callbacks: Callbacks
    sender: CallbackSender


@asynccontextmanager
async def open_spine(settings: Settings, *, mode: Mode = "standalone") -> AsyncIterator[Spine]:
    """Everything that jobs need. The database is brought to this version's schema first.

    Raises what an unreachable database raises; an unreachable Redis is a warning.
    """
    load_kinds(settings.job_modules)
    database = Database(settings.database)
    try:
        await migrate(database)
        own = [settings.public_url] if settings.public_url else []
        policy = policy_of(settings, own_urls=own)
        sender = CallbackSender(database, policy, settings.secret("callback"))
        redis = await connect(settings)
        try:
            live = LiveState(redis.client)
            wakeups = make_wakeups(settings, mode, live, redis)
            jobs = Jobs(database, live, wakeups)
            jobs.changes.on_callback = sender.wake
            events = EventHub(live, jobs.get)
            try:
                yield Spine(
                    settings=settings,
                    database=database,
                    redis=redis,
                    live=live,
                    jobs=jobs,
                    events=events,
                    callbacks=Callbacks(database, sender.wake),
                    sender=sender,
                )
            finally:
                await events.close()
                await jobs.told()
                await wakeups.close()
                await live.close()
        finally:
            await redis.close()
    finally:
        await database.close()


@asynccontextmanager
async def upkeep(spine: Spine) -> AsyncIterator[None]:
    """What every server does beside answering: sends callbacks, and ends jobs whose workers are all gone."""
    sweeper = Sweeper(spine.settings, spine.jobs)
    async with background(spine.sender.run(), sweeper.run()):
        yield


@asynccontextmanager
async def background(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run things that never end beside the block; they are cancelled with it."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def broker_url(settings: Settings, redis: RedisLink) -> str:
    """Celery's broker: the one of CELERY_BROKER_URL, else the Redis."""
    return settings.celery_broker_url or redis.celery_url


def make_wakeups(settings: Settings, mode: Mode, live: LiveState, redis: RedisLink) -> Wakeups:
    """How this process wakes workers."""
    if mode == "celery":
        return CeleryWakeups(broker_url(settings, redis))
    return RedisWakeups(live)
