"""Cameras that speak HTTP, SRT or RTMP, and where what they say may not lead."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response, StreamingResponse

from ecg.processes import running
from tests.live.recording.test_recording import segments
from tests.live.serving import LivePlace, live_place, recording_host
from tests.services.starting import free_port
from tests.web.serving import serving

pytestmark = pytest.mark.anyio

BOUNDARY = "picture"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[LivePlace]:
    async with live_place(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def pictures(clip: Path) -> list[bytes]:
    """JPEGs of the clip."""
    command = ["ffmpeg", "-v", "error", "-i", str(clip), "-t", "2", "-q:v", "5", "-f", "mjpeg", "pipe:1"]
    done = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return [b"\xff\xd8" + picture for picture in done.stdout.split(b"\xff\xd8")[1:]]


def http_camera(pictures: list[bytes]) -> FastAPI:
    """A camera with MJPEG at /video, and what leads elsewhere."""
    app = FastAPI()

    async def parts() -> AsyncIterator[bytes]:
        while True:
            for picture in pictures:
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                yield head.encode() + picture + b"\r\n"
                await asyncio.sleep(1 / 15)

    @app.get("/video")
    async def video() -> Response:
        return StreamingResponse(parts(), media_type=f"multipart/x-mixed-replace;boundary={BOUNDARY}")

    @app.get("/elsewhere")
    async def elsewhere() -> Response:
        return RedirectResponse("http://169.254.169.254/latest/meta-data")

    @app.get("/list.m3u8")
    async def list_() -> Response:
        lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:2", "#EXTINF:2,", "http://169.254.169.254/a.ts", "")
        return Response("\n".join(lines), media_type="application/vnd.apple.mpegurl")

    @app.get("/files.m3u8")
    async def files() -> Response:
        lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:2", "#EXTINF:2,", "file:///etc/passwd", "")
        return Response("\n".join(lines), media_type="application/vnd.apple.mpegurl")

    @app.get("/concat")
    async def concat() -> Response:
        return Response("ffconcat version 1.0\nfile http://169.254.169.254/a.ts\n")

    return app


@contextmanager
def listening_camera(clip: Path, kind: str) -> Iterator[str]:
    """A camera that waits for whoever watches, one after the other; its URL."""
    port = free_port()
    url, where, form = {
        "srt": (f"srt://127.0.0.1:{port}", f"srt://127.0.0.1:{port}?mode=listener", ("mpegts",)),
        "rtmp": (
            f"rtmp://127.0.0.1:{port}/live/yard",
            f"rtmp://127.0.0.1:{port}/live/yard",
            ("flv", "-listen", "1"),
        ),
    }[kind]
    send = 'ffmpeg -v error -nostdin -re -stream_loop -1 -i "$1" -c copy -f "$@"'
    looped = f"clip=$1; shift; while :; do {send.replace('$1', '$clip')}; sleep 0.1; done"
    with running(["sh", "-c", looped, "camera", str(clip), *form, where]):
        yield url


async def test_mjpeg_is_encoded_for_browsers(place: LivePlace, pictures: list[bytes]) -> None:
    async with serving(http_camera(pictures)) as address, recording_host(place):
        await place.add("old", f"http://{address}/video")
        status = await place.until("old", "live")
        playlist = await segments(place, "old", 4)
    assert status["transcoding"]
    assert "mjpeg" in status["transcoding_reason"]
    lengths = [one.duration for one in playlist.segments[1:]]
    assert sum(lengths) / len(lengths) == pytest.approx(1, abs=0.35)


@pytest.mark.parametrize("kind", ["srt", "rtmp"])
async def test_cameras_that_are_pulled_otherwise(place: LivePlace, clip: Path, kind: str) -> None:
    with listening_camera(clip, kind) as url:
        async with recording_host(place):
            await place.add("far", url)
            status = await place.until("far", "live")
            await segments(place, "far", 3)
    assert (status["codec"], status["transcoding"]) == ("h264", False)


async def test_hevc_is_encoded_for_browsers(place: LivePlace, clip: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.mp4"
    coding = (
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "log-level=0:keyint=25",
        "-c:a",
        "copy",
    )
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), *coding, str(new)], check=True)
    with listening_camera(new, "srt") as url:
        async with recording_host(place):
            await place.add("new", url)
            status = await place.until("new", "live")
            await segments(place, "new", 3)
    assert status["transcoding"]
    assert "hevc" in status["transcoding_reason"]


@pytest.mark.parametrize("path", ["elsewhere", "list.m3u8", "files.m3u8", "concat"])
async def test_what_leads_elsewhere_is_not_followed(
    place: LivePlace, pictures: list[bytes], path: str
) -> None:
    async with serving(http_camera(pictures)) as address, recording_host(place):
        await place.add("odd", f"http://{address}/{path}")
        status = await place.until("odd", "failed", "retrying", "stalled")
    assert status["error_code"].startswith("CAMERA_")
    assert "169.254" not in str(status["error_message"])
