"""FFmpeg's way to HTTP cameras: whatever leads it somewhere, only checked addresses are connected to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from ecg.live.recording.camera_proxy import camera_proxy
from ecg.settings import Settings

pytestmark = pytest.mark.anyio

OPEN = Settings(_env_file=None, CAMERA_NETWORKS="127.0.0.0/8")
CLOSED = Settings(_env_file=None)


@asynccontextmanager
async def camera(seen: list[str]) -> AsyncIterator[int]:
    """A server that answers each request with its first line; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        seen.append(head)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + head.partition("\r\n")[0].encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def through(proxy: str, request: str) -> str:
    """What comes back until the connection ends."""
    where = urlsplit(proxy)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    writer.write(request.encode())
    try:
        async with asyncio.timeout(30):
            return (await reader.read()).decode()
    finally:
        writer.close()


async def test_a_request_is_handed_on_and_the_connection_ends_with_it() -> None:
    seen: list[str] = []
    async with camera(seen) as port, camera_proxy(OPEN) as proxy:
        head = "Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nX-Mine: 1"
        said = await through(proxy, f"GET http://127.0.0.1:{port}/v?a=1 HTTP/1.1\r\n{head}\r\n\r\n")
    assert said.endswith("GET /v?a=1 HTTP/1.1")
    assert "X-Mine: 1" in seen[0]
    assert "Connection: close" in seen[0]
    assert "keep-alive" not in seen[0]
    assert "Proxy" not in seen[0]


async def test_a_tunnel_carries_what_is_sent() -> None:
    seen: list[str] = []
    async with camera(seen) as port, camera_proxy(OPEN) as proxy:
        request = f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n"
        said = await through(proxy, request + "GET /inner HTTP/1.1\r\n\r\n")
    assert said.startswith("HTTP/1.1 200")
    assert said.endswith("GET /inner HTTP/1.1")


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://127.0.0.1:{port}/ HTTP/1.1",
        "CONNECT 127.0.0.1:{port} HTTP/1.1",
        "GET http://127.0.0.1:22/ HTTP/1.1",
    ],
)
async def test_where_cameras_may_not_be_nothing_is_connected_to(request_line: str) -> None:
    seen: list[str] = []
    async with camera(seen) as port, camera_proxy(CLOSED) as proxy:
        said = await through(proxy, request_line.format(port=port) + "\r\n\r\n")
    assert said.startswith("HTTP/1.1 403")
    assert seen == []


async def test_metadata_is_never_reached() -> None:
    everything = Settings(_env_file=None, CAMERA_NETWORKS="0.0.0.0/0")
    async with camera_proxy(everything) as proxy:
        said = await through(proxy, "GET http://169.254.169.254/latest HTTP/1.1\r\n\r\n")
    assert said.startswith("HTTP/1.1 403")


@pytest.mark.parametrize(
    "request_text", ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET http://[::1 HTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_request_ends(request_text: str) -> None:
    async with camera_proxy(OPEN) as proxy:
        said = await through(proxy, request_text)
    assert said.startswith(("HTTP/1.1 502", "HTTP/1.1 403"))
