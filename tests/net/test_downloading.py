"""Downloads from servers that cut, lie, drip, change their minds or never end."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from ecg.errors import (
    Cancelled,
    ConnectionFailed,
    FetchRefused,
    ForbiddenUrl,
    StorageError,
    TimedOut,
    TooLarge,
)
from ecg.net import Downloaded, download
from tests.net.servers import LOOPBACK, PUBLIC_ONLY, Handler, Request, head, saying, serving, whole

pytestmark = pytest.mark.anyio

VIDEO = Random(1).randbytes(300_000)
OTHER = Random(2).randbytes(300_000)


async def fetch(
    url: str,
    path: Path,
    *,
    max_bytes: int = 10_000_000,
    timeout_seconds: float = 20,
    stall_seconds: float = 10,
    progress: Callable[[int, int | None], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Downloaded:
    return await download(
        url,
        path,
        policy=LOOPBACK,
        max_bytes=max_bytes,
        timeout_seconds=timeout_seconds,
        stall_seconds=stall_seconds,
        progress=progress,
        cancelled=cancelled,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "video.mp4"


def left_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def cutting(
    *cuts: int, versions: tuple[bytes, ...] = (VIDEO,), ranges: bool = True, etag: bool = True
) -> Handler:
    """Serves ranges; the first answers break off after so many bytes. Each request sees the next version."""
    left = list(cuts)
    shown = list(versions)

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        body = shown.pop(0) if len(shown) > 1 else shown[0]
        tag = {"etag": f'"{hash(body)}"'} if etag else {}
        wanted = request.range_start if ranges else None
        if wanted is not None and request.headers.get("if-range") == tag.get("etag"):
            part = f"bytes {wanted}-{len(body) - 1}/{len(body)}"
            start = wanted
            writer.write(
                head("206 Partial Content", content_length=len(body) - start, content_range=part, **tag)
            )
        else:
            start = 0
            writer.write(head("200 OK", content_length=len(body), **tag))
        end = start + left.pop(0) if left else len(body)
        writer.write(body[start:end])

    return handle


async def test_a_whole_file_arrives(path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    handler = whole(VIDEO, content_type="video/mp4", etag='"v1"')
    async with serving(handler) as server:
        done = await fetch(server.url(), path, progress=lambda *now: told.append(now))
    assert done == Downloaded(path, len(VIDEO), "video/mp4", '"v1"')
    assert path.read_bytes() == VIDEO
    assert told[-1] == (len(VIDEO), len(VIDEO))
    assert left_in(path.parent) == ["video.mp4"]


async def test_a_file_in_chunks_arrives(path: Path) -> None:
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (VIDEO[:1000], VIDEO[1000:])]
    async with serving(saying(head("200 OK", transfer_encoding="chunked"), *chunks, b"0\r\n\r\n")) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO


async def test_an_empty_file_arrives(path: Path) -> None:
    async with serving(whole(b"")) as server:
        assert (await fetch(server.url(), path)).size == 0


async def test_a_broken_download_goes_on_where_it_stopped(path: Path) -> None:
    async with serving(cutting(100_000, 50_000)) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [None, 100_000, 150_000]
    assert all(request.headers.get("if-range") for request in server.requests[1:])


async def test_a_date_joins_parts_where_there_is_no_etag(path: Path) -> None:
    dates = {"date": "Sat, 21 Nov 2026 11:00:00 GMT", "last_modified": "Fri, 20 Nov 2026 11:00:00 GMT"}

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("if-range") == dates["last_modified"]:
            part = f"bytes {request.range_start}-{len(VIDEO) - 1}/{len(VIDEO)}"
            writer.write(head("206 Partial Content", content_range=part, **dates) + VIDEO[1000:])
        else:
            writer.write(head("200 OK", content_length=len(VIDEO), **dates) + VIDEO[:1000])

    async with serving(handle) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [None, 1000]


async def test_a_server_without_ranges_is_asked_for_everything_again(path: Path) -> None:
    async with serving(cutting(100_000, ranges=False)) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO


async def test_a_file_without_a_version_is_never_joined(path: Path) -> None:
    async with serving(cutting(100_000, etag=False)) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [None, None]


async def test_a_file_that_changes_on_the_way_is_fetched_anew(path: Path) -> None:
    async with serving(cutting(100_000, versions=(VIDEO, OTHER))) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == OTHER


@pytest.mark.parametrize("changed", [{"etag": '"new"'}, {}, {"etag": 'W/"old"'}])
async def test_a_part_of_another_version_is_not_joined(path: Path, changed: dict[str, str]) -> None:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.range_start is not None:  # If-Range is ignored
            part = f"bytes {request.range_start}-{len(OTHER) - 1}/{len(OTHER)}"
            writer.write(head("206 Partial Content", content_range=part, **changed))
            writer.write(OTHER[request.range_start :])
        elif len(server.requests) == 1:
            writer.write(head("200 OK", content_length=len(VIDEO), etag='"old"') + VIDEO[:1000])
        else:
            writer.write(head("200 OK", content_length=len(OTHER), etag='"new"') + OTHER)

    async with serving(handle) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == OTHER


@pytest.mark.parametrize(
    "part",
    ["bytes 0-299999/300000", "bytes 999-299999/300000", "bytes 1000-299999/999999", "bytes */300000", "x"],
)
async def test_a_part_that_does_not_fit_is_not_joined(path: Path, part: str) -> None:
    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.range_start is not None:
            writer.write(head("206 Partial Content", content_range=part, etag='"v"') + OTHER[1000:])
        else:
            end = 1000 if len(server.requests) == 1 else None
            writer.write(head("200 OK", content_length=len(VIDEO), etag='"v"') + VIDEO[:end])

    async with serving(handle) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO


async def test_a_part_shorter_than_it_says_is_not_the_end(path: Path) -> None:
    good = cutting(1000)

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        start = request.range_start
        if len(server.requests) == 2:
            tag = f'"{hash(VIDEO)}"'
            part = f"bytes {start}-{len(VIDEO) - 1}/{len(VIDEO)}"
            writer.write(head("206 Partial Content", content_length=10, content_range=part, etag=tag))
            writer.write(VIDEO[1000:1010])
        else:
            await good(request, writer)

    async with serving(handle) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [None, 1000, 1010]


async def test_a_passing_refusal_keeps_what_is_here(path: Path) -> None:
    good = cutting(100_000)

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 2:
            writer.write(head("503 Service Unavailable", content_length=0))
        else:
            await good(request, writer)

    async with serving(handle) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == VIDEO
    assert [request.range_start for request in server.requests] == [None, 100_000, 100_000]


async def test_a_server_that_always_cuts_is_given_up(path: Path) -> None:
    async with serving(cutting(*[1000] * 99)) as server:
        with pytest.raises(ConnectionFailed):
            await fetch(server.url(), path)
    assert len(server.requests) == 4
    assert left_in(path.parent) == []


async def test_a_server_that_always_begins_anew_is_given_up(path: Path) -> None:
    big = Random(3).randbytes(3_000_000)
    async with serving(cutting(*[2_000_000] * 99, versions=(big,), ranges=False)) as server:
        with pytest.raises(ConnectionFailed):
            await fetch(server.url(), path)
    assert len(server.requests) <= 5


async def test_a_long_download_may_break_often(path: Path) -> None:
    big = Random(3).randbytes(9_000_000)
    async with serving(cutting(*[1_200_000] * 7, versions=(big,))) as server:
        await fetch(server.url(), path)
    assert path.read_bytes() == big
    assert len(server.requests) == 8


async def test_a_body_shorter_than_declared_is_never_whole(path: Path) -> None:
    async with serving(saying(head("200 OK", content_length=1000), b"short")) as server:
        with pytest.raises(ConnectionFailed):
            await fetch(server.url(), path)
    assert left_in(path.parent) == []


async def test_a_body_longer_than_declared_is_refused(path: Path) -> None:
    async with serving(saying(head("200 OK", content_length=len(VIDEO)), VIDEO, b"more")) as server:
        with pytest.raises(FetchRefused, match="longer"):
            await fetch(server.url(), path)
    assert left_in(path.parent) == []


async def test_an_endless_body_ends_at_the_cap(path: Path) -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK"))
        while True:
            writer.write(bytes(100_000))
            await writer.drain()

    async with serving(endless) as server:
        with pytest.raises(TooLarge, match="1000000 bytes"):
            await fetch(server.url(), path, max_bytes=1_000_000)
    assert left_in(path.parent) == []


async def test_a_declared_length_beyond_the_cap_is_refused_unread(path: Path) -> None:
    async with serving(saying(head("200 OK", content_length=10**15))) as server:
        with pytest.raises(TooLarge):
            await fetch(server.url(), path)
    assert len(server.requests) == 1


async def test_a_slow_drip_times_out(path: Path) -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK", content_length=1_000_000))
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(drip) as server:
        with pytest.raises(TimedOut, match="too slowly"):
            await fetch(server.url(), path, stall_seconds=1)
    assert left_in(path.parent) == []


async def test_silence_times_out(path: Path) -> None:
    async def fall_silent(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK", content_length=1000) + b"x")
        await writer.drain()
        await asyncio.Event().wait()

    async with serving(fall_silent) as server:
        with pytest.raises(TimedOut):
            await fetch(server.url(), path, stall_seconds=0.2)


async def test_the_whole_has_a_deadline_whatever_the_pace(path: Path) -> None:
    async def steady(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK"))
        while True:
            writer.write(bytes(1000))
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(steady) as server:
        with pytest.raises(TimedOut, match=r"longer than 0\.3 s"):
            await fetch(server.url(), path, timeout_seconds=0.3)
    assert left_in(path.parent) == []


async def test_a_cancel_ends_a_fetch_that_waits(path: Path) -> None:
    silent = asyncio.Event()

    async def never(request: Request, writer: asyncio.StreamWriter) -> None:
        silent.set()
        await asyncio.Event().wait()

    async with serving(never) as server:
        began = time.monotonic()
        with pytest.raises(Cancelled):
            await fetch(server.url(), path, cancelled=silent.is_set)
    assert time.monotonic() - began < 5
    assert left_in(path.parent) == []


async def test_a_compressed_file_is_refused(path: Path) -> None:
    async with serving(whole(gzip.compress(bytes(10**7)), content_encoding="gzip")) as server:
        with pytest.raises(FetchRefused, match="compressed"):
            await fetch(server.url(), path)
    assert left_in(path.parent) == []


async def test_a_refusal_is_not_tried_again(path: Path) -> None:
    async with serving(saying(head("404 Not Found", content_length=0))) as server:
        with pytest.raises(FetchRefused, match="404"):
            await fetch(server.url(), path)
    assert len(server.requests) == 1


async def test_nothing_private_is_fetched(path: Path) -> None:
    async with serving(whole(VIDEO)) as server:
        with pytest.raises(ForbiddenUrl):
            await download(server.url(), path, policy=PUBLIC_ONLY, max_bytes=10**7, timeout_seconds=5)
    assert server.connections == 0
    assert left_in(path.parent) == []


async def test_a_redirect_to_a_private_address_in_a_resume_is_refused(path: Path) -> None:
    good = cutting(1000)

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 1:
            await good(request, writer)
        else:
            writer.write(head("302 Found", location="http://169.254.169.254/", content_length=0))

    async with serving(handle) as server:
        with pytest.raises(ForbiddenUrl):
            await fetch(server.url(), path)
    assert left_in(path.parent) == []


async def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    async with serving(whole(VIDEO)) as server:
        with pytest.raises(StorageError, match="cannot be written"):
            await fetch(server.url(), tmp_path / "missing" / "video.mp4")


async def test_a_file_larger_than_the_disk_is_refused_unread(path: Path) -> None:
    async with serving(saying(head("200 OK", content_length=10**17))) as server:
        with pytest.raises(StorageError, match="no space"):
            await fetch(server.url(), path, max_bytes=10**18)


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from ecg.errors import StorageError
from ecg.net import download
from tests.net.servers import LOOPBACK

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
fetch = download(sys.argv[1], Path(sys.argv[2]), policy=LOOPBACK, max_bytes=10**7, timeout_seconds=20)
try:
    asyncio.run(fetch)
except StorageError as error:
    print(error)
"""


async def test_a_disk_that_fills_up_is_a_storage_error(path: Path) -> None:
    async with serving(whole(VIDEO)) as server:
        command = [sys.executable, "-c", FULL_DISK, server.url(), str(path)]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert "no space left" in ended.stdout, ended.stderr
    assert left_in(path.parent) == []
