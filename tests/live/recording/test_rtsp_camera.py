"""A real RTSP camera: what is found of it, what is wrong with it, and that its password is said nowhere."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from ecg.live.look_requests import LookRequests
from tests.live.recording.test_recording import ffmpeg_of, segments
from tests.live.serving import LivePlace, live_place, recording_host
from tests.services.rtsp_camera import Clip, ClipKind, make_clip, rtsp_camera

pytestmark = pytest.mark.anyio

PASSWORD = "hunter22-of-the-camera"


@pytest.fixture(scope="session")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """What the camera sends: a key frame a second, and sound."""
    kind = ClipKind(width=320, height=180, seconds=8, sound=True)
    return make_clip(kind, tmp_path_factory.mktemp("sent"))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[LivePlace]:
    async with live_place(tmp_path) as found:
        yield found


@asynccontextmanager
async def looking(place: LivePlace) -> AsyncIterator[None]:
    """A recording host that answers looks."""
    looks = LookRequests(place.spine.redis.client, place.settings)
    task = asyncio.create_task(looks.answer())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_look_shows_a_picture_and_what_is_sent(place: LivePlace, sent: Clip) -> None:
    with rtsp_camera(sent, user="admin", password=PASSWORD) as camera:
        async with looking(place):
            found = await place.good("POST", "/cameras/test", json={"url": camera.url})
            wrong = await place.call("POST", "/cameras/test", json={"url": camera.url_as("admin", "no")})
            missing = await place.call("POST", "/cameras/test", json={"url": f"{camera.url}-not"})
        await place.add("front", camera.url, enabled=False)
        async with looking(place):
            saved = await place.good("POST", "/cameras/test", json={"camera_id": "front"})
    video, audio = found["found"]["video"], found["found"]["audio"]
    assert (video["codec"], video["width"], video["height"]) == ("h264", 320, 180)
    assert video["fps"] == pytest.approx(25, abs=1)
    assert video["gop_seconds"] == pytest.approx(1, abs=0.1)
    assert (video["browser_playable"], audio["codec"]) == (True, "aac")
    kind, _, data = found["still"].partition(",")
    assert kind == "data:image/jpeg;base64"
    assert base64.b64decode(data)[:2] == b"\xff\xd8"
    assert saved["found"]["video"]["codec"] == "h264"
    assert (wrong.status_code, wrong.json()["code"]) == (400, "CAMERA_PASSWORD_WRONG")
    assert (missing.status_code, missing.json()["code"]) == (400, "CAMERA_STREAM_NOT_FOUND")
    for answer in (found, saved, wrong.json(), missing.json()):
        assert PASSWORD not in str(answer)


async def test_a_camera_that_freezes_and_comes_back(place: LivePlace, sent: Clip) -> None:
    with (
        structlog.testing.capture_logs() as logs,
        rtsp_camera(sent, user="admin", password=PASSWORD) as camera,
    ):
        async with recording_host(place) as host:
            await place.add("front", camera.url)
            await place.until("front", "live")
            before = await segments(place, "front", 3)
            assert PASSWORD not in " ".join(ffmpeg_of(host).cmdline())
            camera.freeze()
            await place.until("front", "stalled", "retrying")
            camera.thaw()
            await place.until("front", "live")
            after = await segments(place, "front", before.media_sequence + len(before.segments) + 3)
            status = await place.good("GET", "/status/front")
    assert status["reconnects"] >= 1
    assert any(one.discontinuity for one in after.segments)
    assert after.target_duration == before.target_duration
    assert PASSWORD not in str(logs)


async def test_a_wrong_password_is_told_and_tried_rarely(place: LivePlace, sent: Clip) -> None:
    with rtsp_camera(sent, user="admin", password=PASSWORD) as camera:
        async with recording_host(place):
            await place.add("front", camera.url_as("admin", "wrong-password"))
            status = await place.until("front", "failed")
            assert status["error_code"] == "CAMERA_PASSWORD_WRONG"
            assert "wrong-password" not in str(status)
            await place.good("PUT", "/cameras/front", json={"url": camera.url})
            await place.until("front", "live")


async def test_garbage_is_one_clear_error(place: LivePlace, sent: Clip) -> None:
    with rtsp_camera(sent, garbage=True) as camera:
        async with recording_host(place):
            await place.add("front", camera.url)
            status = await place.until("front", "failed", "retrying", "stalled")
    assert status["error_code"] in (
        "CAMERA_STREAM_NOT_UNDERSTOOD",
        "CAMERA_UNREACHABLE",
        "CAMERA_WITHOUT_VIDEO",
    )
    assert status["error_message"]


async def test_a_camera_that_is_away_is_tried_again(place: LivePlace, sent: Clip) -> None:
    with rtsp_camera(sent) as camera:
        camera.kill()
        async with recording_host(place):
            await place.add("front", camera.url)
            status = await place.until("front", "retrying")
            assert status["error_code"] == "CAMERA_UNREACHABLE"
            camera.start()
            await place.until("front", "live")


async def test_a_camera_that_comes_back_with_another_size(
    place: LivePlace, sent: Clip, tmp_path: Path
) -> None:
    larger = make_clip(ClipKind(width=480, height=272, seconds=8), tmp_path)
    with rtsp_camera(sent) as camera:
        async with recording_host(place):
            await place.add("front", camera.url)
            await place.until("front", "live")
            before = await segments(place, "front", 2)
            camera.kill()
            camera.start(larger)
            await segments(place, "front", before.media_sequence + len(before.segments) + 3)
            async with asyncio.timeout(60):
                while (await place.good("GET", "/status/front"))["width"] != 480:
                    await asyncio.sleep(0.2)


async def test_over_udp(place: LivePlace, sent: Clip) -> None:
    with rtsp_camera(sent, user="admin", password=PASSWORD) as camera:
        async with recording_host(place):
            await place.add("front", camera.url, transport="udp")
            status = await place.until("front", "live")
            await segments(place, "front", 3)
    assert (status["codec"], status["transcoding"]) == ("h264", False)
