"""Servers on loopback that say byte for byte what a test wants, and name services that tests control."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_network

from ecg.net import NetworkPolicy

LOOPBACK = NetworkPolicy(allowed_private_networks=(ip_network("127.0.0.0/8"),))
PUBLIC_ONLY = NetworkPolicy()


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def range_start(self) -> int | None:
        asked = self.headers.get("range")
        return int(asked.removeprefix("bytes=").split("-")[0]) if asked else None


Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    port: int
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/video.mp4", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(
    handler: Handler, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """A server that hands each request to `handler` and closes the connection after it."""
    running: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        server.connections += 1
        try:
            # The client goes away whenever it likes: what it does not hear is no failure of the test.
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                request = await _request(reader)
                server.requests.append(request)
                await handler(request, writer)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        finally:
            writer.transport.abort()
            running.discard(task)

    listener = await asyncio.start_server(answer, host, 0, ssl=tls)
    server = Server(listener.sockets[0].getsockname()[1])
    try:
        yield server
    finally:
        listener.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    method, path, _ = first.split(" ")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


def saying(*raw: bytes) -> Handler:
    """Answers every request with these bytes."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(raw))

    return handle


def head(status: str = "200 OK", /, **headers: str | int) -> bytes:
    """The head of an answer; `content_length=5` becomes Content-Length."""
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(body: bytes, **headers: str | int) -> Handler:
    return saying(head("200 OK", content_length=len(body), **headers), body)


class Names:
    """A resolver: each look-up of a name gets the next of its answers, the last one for ever."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 - the port is not a name's
        self.asked.append(host)
        if host not in self._answers:
            raise OSError(f"no such host: {host}")
        left = self._answers[host]
        return left.pop(0) if len(left) > 1 else left[0]
