"""One who watches a job: where it is in the job's stream, and what it showed last.

A watcher holds few events. One that falls behind, and every one after Redis was away, reads on in the stream
where it was: nothing is lost and nothing piles up.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable

import structlog

from ecg.errors import InputError, NotFound
from ecg.jobs.live.state import REPLAY, Event, LiveState
from ecg.jobs.view import JobView

log = structlog.get_logger(__name__)

Load = Callable[[str, str], Awaitable[JobView]]
"""The job as it is now, from wherever it is known; raises NotFound."""

QUEUED = 64
"""Events that wait for one watcher; beyond, it reads on in the stream."""
LOOK_SECONDS = 1.0
"""Between looks at the truth while Redis is away."""
DOUBT_SECONDS = 10.0
"""A job that was silent for so long is looked at: a message may have been lost."""
NO_EVENT = "0-0"
"""The id before all events."""
EVENT_ID = re.compile(r"([0-9]{1,19})(?:-([0-9]{1,19}))?")


def parse_event_id(text: str) -> str:
    """The id of an event in canonical form; raises InputError."""
    match = EVENT_ID.fullmatch(text)
    if match is None:
        raise InputError(f"{text[:80]!r} is no id of an event", hint="take the id of the last event received")
    return f"{int(match[1])}-{int(match[2] or 0)}"


def order(event_id: str) -> tuple[int, int]:
    """Ids compare as numbers, not as text."""
    milliseconds, _, number = event_id.partition("-")
    return int(milliseconds), int(number)


class Watcher:
    """Made by `EventHub.watching`. `hears` says whether new events are heard at the moment."""

    def __init__(
        self, live: LiveState, load: Load, tenant_id: str, job_id: str, hears: Callable[[], bool]
    ) -> None:
        self._live = live
        self._load = load
        self._job = (tenant_id, job_id)
        self._hears = hears
        self._shown: JobView | None = None
        self._last = NO_EVENT
        self._first: JobView | None = None
        """To be shown before what the stream has."""
        self._owed: JobView | None = None
        """To be shown after it."""
        self._behind = True
        self._heard: deque[Event] = deque()
        self._woken = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether the final state was shown, now or before: nothing follows."""
        return self._shown is not None and self._shown.state.final

    async def events(self) -> AsyncGenerator[Event]:
        """Until the job is finished; each differs from the one before."""
        while not self.ended:
            for event in await self._more():
                if event.view != self._shown:
                    self._shown = event.view
                    yield event

    async def begin(self, after: str | None) -> None:
        """Take place in the stream: after an event that was seen, else at the present. Raises NotFound."""
        snapshot = await self._live.snapshot(*self._job)
        trusted = snapshot is not None and snapshot.fresh
        present = snapshot.view if snapshot and trusted else await self._load(*self._job)
        newest = snapshot.event_id if snapshot else None
        if after is None or (
            newest and order(after) > order(newest)
        ):  # the latter: of a Redis that is no more
            self._last = newest or NO_EVENT
            self._first = present
            return
        self._last = after
        if not trusted:
            self._owed = present
        elif newest == after:
            self._shown = present

    def hear(self, event: Event) -> None:
        """A new event; what the stream will be asked for anyway is not kept."""
        if len(self._heard) >= QUEUED:
            self.fall_behind()
        elif not self._behind:
            self._heard.append(event)
        self.wake()

    def fall_behind(self) -> None:
        """Read on in the stream."""
        self._behind = True
        self._heard.clear()
        self.wake()

    def wake(self) -> None:
        self._woken.set()

    async def _more(self) -> list[Event]:
        """What comes next; waits for it. May repeat what was shown."""
        while True:
            if self._first is not None:
                first, self._first = self._first, None
                return [Event(self._last, first)]
            if self._behind and (missed := await self._missed()):
                return missed
            if self._heard:
                return self._drain()
            if self._owed is not None:
                present, self._owed = self._owed, None
                return [Event(self._last, present)]
            if not await self._something() and (look := await self._look()):
                return [Event(self._last, look)]

    async def _missed(self) -> list[Event]:
        self._behind = False  # what is heard meanwhile is kept
        events = await self._live.events(*self._job, self._last)
        if events is None or len(events) == REPLAY:
            self._behind = True
        if not events:
            return []
        self._last = events[-1].id
        return events

    def _drain(self) -> list[Event]:
        events = [event for event in self._heard if order(event.id) > order(self._last)]
        self._heard.clear()
        if events:
            self._last = events[-1].id
        return events

    async def _something(self) -> bool:
        """Wait for news; False when there was none for so long that a look is due."""
        calm = self._hears() and not self._behind
        try:
            async with asyncio.timeout(DOUBT_SECONDS if calm else LOOK_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    async def _look(self) -> JobView | None:
        try:
            return await self._load(*self._job)
        except NotFound:
            raise
        except Exception as error:  # the database is away too: look again later
            log.warning("a watched job cannot be looked at", job_id=self._job[1], error=repr(error))
            return None
