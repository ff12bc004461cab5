from __future__ import annotations

import asyncio

import pytest

from ecg.errors import ConnectionFailed, FetchRefused, TimedOut
from ecg.net import Preflight, preflight, read_range
from tests.net.servers import LOOPBACK, Request, head, saying, serving, whole

pytestmark = pytest.mark.anyio

VIDEO = bytes(range(256)) * 1000


async def ranged(request: Request, writer: asyncio.StreamWriter) -> None:
    first, last = (int(place) for place in request.headers["range"].removeprefix("bytes=").split("-"))
    if first >= len(VIDEO):
        writer.write(
            head("416 Range Not Satisfiable", content_range=f"bytes */{len(VIDEO)}", content_length=0)
        )
        return
    part = VIDEO[first : last + 1]
    shown = f"bytes {first}-{first + len(part) - 1}/{len(VIDEO)}"
    writer.write(
        head(
            "206 Partial Content",
            content_range=shown,
            content_length=len(part),
            etag='"v"',
            content_type="video/mp4",
        )
        + part
    )


async def test_a_preflight_sees_size_type_and_beginning() -> None:
    async with serving(ranged) as server:
        seen = await preflight(server.url(), policy=LOOPBACK, first_bytes=1000)
    assert seen == Preflight(len(VIDEO), "video/mp4", VIDEO[:1000], accepts_ranges=True, etag='"v"')


async def test_a_preflight_reads_no_more_than_the_beginning_where_ranges_are_ignored() -> None:
    async with serving(whole(VIDEO)) as server:
        seen = await preflight(server.url(), policy=LOOPBACK, first_bytes=1000)
    assert seen == Preflight(len(VIDEO), None, VIDEO[:1000], accepts_ranges=False, etag=None)


async def test_an_endless_file_has_a_beginning_and_no_size() -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK"))
        while True:
            writer.write(bytes(10_000))
            await writer.drain()

    async with serving(endless) as server:
        seen = await preflight(server.url(), policy=LOOPBACK)
    assert (seen.size, len(seen.head)) == (None, 65536)


async def test_an_empty_file_is_seen_as_empty() -> None:
    raw = head("416 Range Not Satisfiable", content_range="bytes */0", content_length=0)
    async with serving(saying(raw)) as server:
        assert (await preflight(server.url(), policy=LOOPBACK)).size == 0


async def test_a_preflight_has_little_time() -> None:
    async def never(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(never) as server:
        with pytest.raises(TimedOut):
            await preflight(server.url(), policy=LOOPBACK, timeout_seconds=0.1)


@pytest.mark.parametrize(("start", "length"), [(0, 10), (1000, 5000), (len(VIDEO) - 5, 100)])
async def test_a_range_is_read(start: int, length: int) -> None:
    async with serving(ranged) as server:
        part = await read_range(server.url(), start, length, policy=LOOPBACK, etag='"v"')
    assert part == VIDEO[start : start + length]


async def test_a_range_beyond_the_end_is_refused() -> None:
    async with serving(ranged) as server:
        with pytest.raises(FetchRefused, match="no byte"):
            await read_range(server.url(), len(VIDEO), 10, policy=LOOPBACK)


async def test_a_server_without_ranges_is_refused() -> None:
    async with serving(whole(VIDEO)) as server:
        with pytest.raises(FetchRefused, match="ignores ranges"):
            await read_range(server.url(), 10, 10, policy=LOOPBACK)


@pytest.mark.parametrize("shown", ["bytes 0-9/100", "bytes 10-99/100", "bytes */100"])
async def test_another_part_than_asked_for_is_refused(shown: str) -> None:
    async with serving(saying(head("206 Partial Content", content_range=shown), bytes(10))) as server:
        with pytest.raises(FetchRefused, match="another part"):
            await read_range(server.url(), 10, 10, policy=LOOPBACK)


async def test_a_part_that_is_cut_short_is_a_failed_connection() -> None:
    raw = head("206 Partial Content", content_range="bytes 10-19/100", content_length=10)
    async with serving(saying(raw, b"short")) as server:
        with pytest.raises(ConnectionFailed):
            await read_range(server.url(), 10, 10, policy=LOOPBACK)


async def test_a_part_of_another_version_is_a_failed_connection() -> None:
    async with serving(ranged) as server:
        with pytest.raises(ConnectionFailed, match="changed"):
            await read_range(server.url(), 0, 10, policy=LOOPBACK, etag='"other"')
