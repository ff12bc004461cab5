"""Jobs as they change, for those who watch: one Redis subscription a process, however many watch.

While Redis is away, watchers look at the truth each second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import Any

import structlog

from ecg.jobs.live.state import Event, LiveState, event_of, events_channel
from ecg.jobs.live.subscriber import Message
from ecg.jobs.live.watcher import Load, Watcher, parse_event_id

log = structlog.get_logger(__name__)

RESTART_SECONDS = 1.0


class EventHub:
    """`load` answers the present state of a job, also while Redis is away. `close` it at the end."""

    def __init__(self, live: LiveState, load: Load) -> None:
        self._live = live
        self._load = load
        self._subscriber = live.subscriber()
        self._watchers: dict[str, set[Watcher]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._commands: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def watching(
        self, tenant_id: str, job_id: str, after: str | None = None
    ) -> AsyncGenerator[Watcher]:
        """Somebody who watches a job; see `watch`. Raises NotFound, and InputError for a wrong id."""
        after = None if after is None else parse_event_id(after)
        watcher = Watcher(self._live, self._load, tenant_id, job_id, self._hears)
        channel = events_channel(tenant_id, job_id)
        self._join(channel, watcher)
        try:
            await watcher.begin(after)
            yield watcher
        finally:
            self._leave(channel, watcher)

    async def watch(self, tenant_id: str, job_id: str, after: str | None = None) -> AsyncGenerator[Event]:
        """The job's events until it is finished; close the generator (`aclosing`) when done.

        Without `after`, the first event is the present state. With it, the first are those that were missed
        since; a job that ended with that very event has none. Events that were seen while Redis was away
        bear the id of the one before.
        """
        async with (
            self.watching(tenant_id, job_id, after) as watcher,
            aclosing(watcher.events()) as events,
        ):
            async for event in events:
                yield event

    async def close(self) -> None:
        tasks = [*self._commands, *([self._reader] if self._reader else [])]
        self._reader = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def watchers(self) -> int:
        """How many watch now."""
        return sum(len(watchers) for watchers in self._watchers.values())

    def _hears(self) -> bool:
        return self._live.up and self._subscriber is not None and self._subscriber.connected

    def _join(self, channel: str, watcher: Watcher) -> None:
        if self._subscriber is None:
            return
        if self._reader is None:
            self._reader = asyncio.create_task(self._read(), name="events")
        watchers = self._watchers.setdefault(channel, set())
        watchers.add(watcher)
        if len(watchers) == 1:
            self._command(self._subscriber.join(channel))

    def _leave(self, channel: str, watcher: Watcher) -> None:
        # waits for nothing: whoever watched may be cancelled already
        watchers = self._watchers.get(channel, set())
        watchers.discard(watcher)
        if not watchers and self._subscriber is not None:
            self._watchers.pop(channel, None)
            self._command(self._subscriber.leave(channel))

    def _command(self, command: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(command)
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    async def _read(self) -> None:
        assert self._subscriber is not None  # noqa: S101  # who reads has something to read
        while True:
            try:
                async with aclosing(self._subscriber.messages()) as messages:
                    async for message in messages:
                        self._pass_on(message)
            except Exception:  # a mistake of ours must not end the events of all jobs
                log.exception("events were interrupted")
                await asyncio.sleep(RESTART_SECONDS)

    def _pass_on(self, message: Message) -> None:
        if message.kind == "lost":
            for watchers in self._watchers.values():
                for watcher in watchers:
                    watcher.wake()
            return
        watchers = self._watchers.get(message.channel, set())
        if message.kind == "joined":
            for watcher in watchers:
                watcher.fall_behind()
        elif watchers:
            event_id, _, text = message.text.partition(" ")
            event = event_of(event_id, {"view": text})
            for watcher in watchers:
                watcher.hear(event)
