"""One Redis subscription that outlives Redis: it is made anew for ever, and says when it was.

Messages that were published while Redis was away are lost; whoever listens looks at the truth again when a
channel is `joined`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

OUTAGE = (RedisError, OSError, TimeoutError)
"""What a Redis that is away raises."""
PAUSES_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0)
"""Between attempts to come back; the last one is used for all further attempts."""
IDLE_SECONDS = 10.0
"""A connection that was silent for so long is asked whether it lives."""
ANSWER_SECONDS = 5.0
HOME = "ecg:subscribers"
"""A channel that nobody publishes to: a subscription needs one."""


@dataclass(frozen=True, slots=True)
class Message:
    """`joined`: the channel is heard from now on (again); `lost`: nothing is heard, `channel` is empty."""

    kind: Literal["message", "joined", "lost"]
    channel: str = ""
    text: str = ""


class Subscriber:
    """Channels may come and go while `messages` is read, by one reader."""

    def __init__(self, redis: Redis, channels: Iterable[str] = ()) -> None:
        self._redis = redis
        self._channels = {HOME, *channels}
        self._pubsub: PubSub | None = None
        self._settling = asyncio.Lock()

    @property
    def connected(self) -> bool:
        return self._pubsub is not None

    async def join(self, channel: str) -> None:
        """Hear this channel too; `messages` says when it is so. Never raises."""
        self._channels.add(channel)
        async with self._settling:
            if self._pubsub is not None and channel in self._channels:
                # a reader that finds the connection broken joins all channels anew
                with suppress(*OUTAGE):
                    await self._pubsub.subscribe(channel)

    async def leave(self, channel: str) -> None:
        """Hear this channel no more. Never raises."""
        self._channels.discard(channel)
        async with self._settling:
            if self._pubsub is not None and channel not in self._channels:
                with suppress(*OUTAGE):
                    await self._pubsub.unsubscribe(channel)

    async def messages(self) -> AsyncGenerator[Message]:
        """For ever; close it (`aclosing`) when done."""
        failures = 0
        while True:
            pubsub = self._redis.pubsub()
            try:
                async with self._settling, asyncio.timeout(ANSWER_SECONDS):
                    with heeding_cancellation():
                        await pubsub.subscribe(*self._channels)
                    self._pubsub = pubsub
                failures = 0
                async for message in _read(pubsub):
                    yield message
            except OUTAGE:
                pass
            finally:
                self._pubsub = None
                with suppress(*OUTAGE):
                    await pubsub.aclose()
            yield Message("lost")
            await asyncio.sleep(PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)])
            failures += 1


async def _read(pubsub: PubSub) -> AsyncGenerator[Message]:
    """Until the connection breaks, or does not answer."""
    asked = False
    while True:
        with heeding_cancellation():
            received = await pubsub.get_message(timeout=ANSWER_SECONDS if asked else IDLE_SECONDS)
        if received is None:
            if asked:
                raise TimeoutError
            await pubsub.ping()
            asked = True
            continue
        asked = False
        match received["type"]:
            case "message":
                yield Message("message", text_of(received["channel"]), text_of(received["data"]))
            case "subscribe":
                yield Message("joined", text_of(received["channel"]))


@contextmanager
def heeding_cancellation() -> Iterator[None]:
    """Around calls of redis-py 8, which loses a cancellation that arrives while it connects."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        yield
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


def text_of(value: Any) -> str:
    """Redis answers bytes or text, as its client was made."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
