"""What Redis knows of a job while it lives: its state for those who poll, its events for those who watch.

Keys of a job, under `tenant:{tenant}:job:{job}`: `:status` (a word) and `:progress` (percent) for any program
that reads Redis itself; `:view`, a hash with the whole view, its version and the id of its event; `:events`,
a stream of the last views, published on a channel of the same name.

The row is the truth. Redis may be away, flushed or old: nothing here raises, reads answer None, and what
could not be written is written once Redis is back.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ecg.jobs.live.publisher import Publisher
from ecg.jobs.live.scripts import READ, WRITE
from ecg.jobs.live.subscriber import OUTAGE, Subscriber, heeding_cancellation, text_of
from ecg.jobs.view import JobView

log = structlog.get_logger(__name__)

FINAL_VERSION = 2**52
"""Of a final state: nothing is newer. The largest that Lua's numbers hold exactly."""
RUNNING_SECONDS = 6 * 3600
"""How long keys live after a write while the job is not finished."""
FINAL_SECONDS = 3600
FRESH_SECONDS = 30.0
"""An unfinished view that nobody renewed for so long is not believed: its end may have been lost."""
EVENTS_KEPT = 1000
REPLAY = 100
"""Events read at once."""
ANSWER_SECONDS = 1.0
"""A Redis that takes longer is away."""
PAUSE_SECONDS = 0.5
"""Between looks whether Redis is back."""
TURNS = 32
"""Commands at once; the client's pool would refuse those beyond its size."""
UNSENT_JOBS = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A view as Redis has it. `event_id` is that of its event; `fresh` says whether to believe it."""

    view: JobView
    event_id: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A view at a moment. Ids grow; a stream is resumed after one."""

    id: str
    view: JobView


class LiveState:
    """Takes the client over: its own retries are switched off, for they would hold up polls."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._up = redis is not None
        self._turns = asyncio.Semaphore(TURNS)
        self._unsent: dict[tuple[str, str], tuple[JobView, int]] = {}
        self._return: asyncio.Task[None] | None = None
        self.hits = 0
        """Reads that Redis answered, for the metrics."""
        self.misses = 0
        """Those that it did not: whoever reads asks the database then."""
        if redis is not None:
            # one repetition at once: the server may have closed a connection that was idle
            redis.set_retry(Retry(NoBackoff(), 1))
            self._write = redis.register_script(WRITE)
            self._read = redis.register_script(READ)
            self._publisher = Publisher(redis)

    @property
    def up(self) -> bool:
        """Whether Redis answered when it was last asked."""
        return self._up

    async def write(self, view: JobView, version: int) -> bool:
        """Keep and publish a view; False when an equal or newer version is there, or Redis is away.

        The same version again, or the same view under a newer one, renews the keys and is no event.
        """
        if self._redis is None:
            return False
        if not self._up:
            self._remember(view, version)
            return False
        written = await self._try(lambda: self._send(view, version))
        if written is None:
            self._remember(view, version)
        return bool(written)

    async def read(self, tenant_id: str, job_id: str) -> JobView | None:
        """The job as it is now, in one round trip; None when Redis does not know or is not to be believed."""
        snapshot = await self.snapshot(tenant_id, job_id)
        if snapshot is None or not snapshot.fresh:
            self.misses += 1
            return None
        self.hits += 1
        return snapshot.view

    async def snapshot(self, tenant_id: str, job_id: str) -> Snapshot | None:
        """What Redis has, in one round trip; None when it has nothing or is away."""
        key = prefix(tenant_id, job_id)
        found = await self._try(lambda: self._read(keys=[f"{key}:view"]))
        if not found:
            return None
        text, event_id, milliseconds = found
        view = JobView.from_json(json.loads(text))
        age = RUNNING_SECONDS - int(milliseconds) / 1000
        return Snapshot(view, text_of(event_id), view.state.final or age < FRESH_SECONDS)

    async def events(self, tenant_id: str, job_id: str, after: str) -> list[Event] | None:
        """The next events after an id, oldest first, `REPLAY` at most; None when Redis is away."""
        redis, key = self._redis, events_channel(tenant_id, job_id)
        if redis is None:
            return None
        found = await self._try(lambda: redis.xrange(key, min=f"({after}", count=REPLAY))
        return None if found is None else [event_of(entry, fields) for entry, fields in found]

    async def ask_cancel(self, tenant_id: str, job_id: str) -> None:
        """Tell the workers at once; their next heartbeat would tell them too."""
        await self._publish(CANCEL_CHANNEL, f"{tenant_id}/{job_id}")

    async def wake(self, queue: str) -> None:
        """Tell the queue's workers that there is work."""
        await self._publish(wake_channel(queue), "")

    async def listen(self, channels: Iterable[str]) -> AsyncGenerator[tuple[str, str]]:
        """Channel and text of each message, for ever; what is published while Redis is away is lost."""
        if self._redis is None:
            await asyncio.Event().wait()
            return
        wanted = set(channels)
        async with aclosing(Subscriber(self._redis, wanted).messages()) as messages:
            async for message in messages:
                if message.kind == "message" and message.channel in wanted:
                    yield message.channel, message.text

    def subscriber(self) -> Subscriber | None:
        """A subscription of its own; None without Redis."""
        return None if self._redis is None else Subscriber(self._redis)

    async def close(self) -> None:
        """Stop looking for Redis. The client stays open: whoever made it closes it."""
        if self._return is not None:
            self._return.cancel()
            await asyncio.gather(self._return, return_exceptions=True)
            self._return = None
        if self._redis is not None:
            await self._publisher.close()

    async def _send(self, view: JobView, version: int) -> bool:
        key = prefix(view.tenant_id, view.job_id)
        seconds = FINAL_SECONDS if view.state.final else RUNNING_SECONDS
        text = json.dumps(view.as_json(), separators=(",", ":"))
        names = [f"{key}:view", f"{key}:events", f"{key}:status", f"{key}:progress"]
        values: list[int | str] = [version, text, seconds, view.state.value, view.progress, EVENTS_KEPT]
        return bool(await self._write(keys=names, args=values))

    async def _publish(self, channel: str, text: str) -> None:
        if self._redis is not None:
            await self._try(lambda: self._publisher.publish(channel, text))

    async def _try(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """The command's answer; None when Redis is away, at once while that is known."""
        if not self._up:
            return None
        try:
            async with self._turns, asyncio.timeout(ANSWER_SECONDS):
                with heeding_cancellation():
                    return await command()
        except OUTAGE as error:
            self._went_away(error)
            return None

    def _went_away(self, error: BaseException) -> None:
        if self._up:
            self._up = False
            log.warning("Redis is away: jobs go on, polls read the database", error=repr(error))
            self._return = asyncio.create_task(self._come_back(), name="live-state-return")

    def _remember(self, view: JobView, version: int) -> None:
        """Keep the newest view of a job until Redis is back; beyond a bound, the oldest are given up."""
        key = (view.tenant_id, view.job_id)
        if key not in self._unsent or self._unsent[key][1] < version:
            self._unsent[key] = (view, version)
        while len(self._unsent) > UNSENT_JOBS:
            del self._unsent[next(iter(self._unsent))]

    async def _come_back(self) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    with heeding_cancellation():
                        await self._send_unsent()
            except OUTAGE:
                continue
            self._up = True
            log.info("Redis is back", away_seconds=round(time.monotonic() - began, 1))
            return

    async def _send_unsent(self) -> None:
        assert self._redis is not None  # noqa: S101  # what is not there does not go away
        await self._redis.ping()
        while self._unsent:
            key = next(iter(self._unsent))
            view, version = self._unsent[key]
            await self._send(view, version)
            if self._unsent.get(key) == (view, version):  # else newer, or given up
                del self._unsent[key]


CANCEL_CHANNEL = "ecg:cancel"


def wake_channel(queue: str) -> str:
    return f"ecg:wake:{queue}"


def prefix(tenant_id: str, job_id: str) -> str:
    """What a job's keys begin with."""
    return f"tenant:{tenant_id}:job:{job_id}"


def events_channel(tenant_id: str, job_id: str) -> str:
    """The stream of a job's events, and the channel that they are published on."""
    return f"{prefix(tenant_id, job_id)}:events"


def event_of(event_id: Any, fields: Mapping[Any, Any] | None) -> Event:
    """An entry of the stream."""
    values = fields or {}
    text = values.get("view") or values[b"view"]
    return Event(text_of(event_id), JobView.from_json(json.loads(text)))
