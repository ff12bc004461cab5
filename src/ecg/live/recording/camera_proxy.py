"""FFmpeg's way to cameras that speak HTTP: a proxy on loopback that connects to checked addresses alone.

An HTTP camera can answer with a redirect, and an HLS playlist names further addresses; FFmpeg follows both
by itself. So it gets this proxy (`-http_proxy`), and each connection, whatever caused it, is checked where it
is made: CAMERA_NETWORKS and public addresses, never the metadata services of clouds.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog

from ecg.errors import EcgError
from ecg.live.recording.reaching import permitted
from ecg.net.resolving import Resolver, system_resolver
from ecg.settings import Settings

log = structlog.get_logger(__name__)

HEAD_BYTES = 32 * 1024
HEAD_SECONDS = 10.0
CONNECT_SECONDS = 5.0
CHUNK = 64 * 1024
_ENDED = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, OSError)


@asynccontextmanager
async def camera_proxy(settings: Settings, resolver: Resolver = system_resolver) -> AsyncIterator[str]:
    """The proxy's address, while it runs."""
    proxy = _Proxy(settings, resolver)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=HEAD_BYTES)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in proxy.serving:
            task.cancel()
        await asyncio.gather(*proxy.serving, return_exceptions=True)


class _Proxy:
    def __init__(self, settings: Settings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        self.serving: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101
        self.serving.add(task)
        try:
            await self._serve(reader, writer)
        except EcgError as error:
            log.warning("a camera leads where cameras may not be", error=str(error))
            await _refuse(writer, b"403 Forbidden")
        except _ENDED:
            await _refuse(writer, b"502 Bad Gateway")
        finally:
            self.serving.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, _, rest = first.partition(" ")
        target = rest.partition(" ")[0]
        tunnel = method == "CONNECT"
        try:
            parts = urlsplit(f"//{target}" if tunnel else target)
            host, port = parts.hostname or "", parts.port or (443 if tunnel else 80)
        except ValueError:
            raise ConnectionError(target) from None
        upstream, sink = await self._connect(host, port)
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await _both_ways(reader, writer, upstream, sink)
                return
            # one request a connection: the next may lead elsewhere, and is checked anew
            kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection:"))]
            path = parts._replace(scheme="", netloc="").geturl() or "/"
            request = "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""])
            sink.write(request.encode("latin-1"))
            await _pump(upstream, writer)
        finally:
            sink.close()

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        addresses = await permitted(host, port, self._settings, self._resolver)
        failure: OSError = OSError("no address")
        for address in addresses:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(str(address), port, limit=HEAD_BYTES)
            except (OSError, TimeoutError) as error:
                failure = OSError(str(error))
        raise failure


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    upstream: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
) -> None:
    ways = [asyncio.create_task(_pump(reader, sink)), asyncio.create_task(_pump(upstream, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def _refuse(writer: asyncio.StreamWriter, status: bytes) -> None:
    with contextlib.suppress(*_ENDED):
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
