"""A client's server on loopback that takes callbacks, as real as a client's would be."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def verified(self, secret: str) -> Any:
        """What it says, once the library of receivers has checked the signature."""
        return Webhook(secret).verify(self.body, self.headers)


Answer = Callable[[Received], Awaitable[str]]
"""The status line behind `HTTP/1.1 `, and further header lines."""


async def ok(_received: Received) -> str:
    return "200 OK"


@dataclass
class Receiver:
    answer: Answer = ok
    port: int = 0
    received: list[Received] = field(default_factory=list)
    most_at_once: int = 0
    _now: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/callback"

    async def wait_for(self, count: int) -> list[Received]:
        """The messages, as soon as there are so many."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: len(self.received) >= count)
        return self.received

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Receiver]:
        """Take messages; the same port again when it has listened before."""
        open_connections: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            open_connections.add(task)
            try:
                await self._serve(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass  # the sender has gone, or the test has ended
            finally:
                open_connections.discard(task)
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in open_connections:
                task.cancel()
            await asyncio.gather(*open_connections)
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name
        }
        body = await reader.readexactly(int(headers["content-length"]))
        message = Received(head[0].split(" ")[1], headers, body)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            async with self._changed:
                self.received.append(message)
                self._changed.notify_all()
            line = await self.answer(message)
        finally:
            self._now -= 1
        writer.write(f"HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


def answers(*lines: str) -> Answer:
    """One after the other; the last one for ever."""
    left = list(lines)

    async def answer(_received: Received) -> str:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer
