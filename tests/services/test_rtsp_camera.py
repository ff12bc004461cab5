"""The camera sends what it says, when it says, to whom it says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from tests.services.rtsp_camera import Clip, ClipKind, RtspCamera, make_clip, rtsp_camera
from tests.services.rtsp_camera.frame_number import read_number, taken_at

_LATE_SECONDS = 10
"""A busy machine may take so long to show a frame; the clip is longer."""


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def clip(clips: Path) -> Clip:
    return make_clip(ClipKind(sound=True), clips)


@pytest.fixture(scope="module")
def camera(clip: Clip) -> Iterator[RtspCamera]:
    with rtsp_camera(clip, user="guard", password="s3cret") as camera:
        yield camera


def _numbers(
    url: str, count: int, *, transport: str = "tcp", patience_seconds: float = 10
) -> Iterator[int | None]:
    """The numbers of the next frames, each when it is decoded."""
    options = {"rtsp_transport": transport, "timeout": f"{patience_seconds * 1e6:.0f}"}
    with av.open(url, options=options) as container:
        for _, frame in zip(range(count), container.decode(video=0), strict=False):
            yield read_number(np.asarray(frame.to_ndarray(format="gray"), np.uint8))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_frames_come_in_order_and_tell_when_they_were_taken(camera: RtspCamera, transport: str) -> None:
    kind = camera.clip.kind
    last = None
    for number in _numbers(camera.url, 40, transport=transport):
        now = time.time()
        assert number is not None
        assert now - taken_at(number, now=now, rate=kind.rate, frames=kind.frames) < _LATE_SECONDS
        assert last is None or number == (last + 1) % kind.frames
        last = number
    assert last is not None


def test_sound_comes_with_the_picture(camera: RtspCamera) -> None:
    with av.open(camera.url, options={"rtsp_transport": "tcp"}) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]


@pytest.mark.parametrize(("user", "password"), [("guard", "wrong"), (None, "")])
def test_nobody_sees_without_the_password(camera: RtspCamera, user: str | None, password: str) -> None:
    with pytest.raises(av.HTTPUnauthorizedError):
        av.open(camera.url_as(user, password), options={"rtsp_transport": "tcp"})


def test_a_killed_camera_comes_back_with_another_resolution(clip: Clip, clips: Path) -> None:
    other = make_clip(ClipKind(width=480, height=270), clips)
    with rtsp_camera(clip) as camera:
        url = camera.url
        camera.kill()
        with pytest.raises(av.ConnectionRefusedError):
            av.open(url, options={"rtsp_transport": "tcp"})
        camera.start(other)
        with av.open(url, options={"rtsp_transport": "tcp"}) as container:
            assert container.streams.video[0].width == 480


def test_a_frozen_camera_says_nothing_until_it_thaws(clip: Clip) -> None:
    with rtsp_camera(clip) as camera:
        camera.freeze()
        with pytest.raises(av.FFmpegError):
            next(_numbers(camera.url, 1, patience_seconds=1))
        camera.thaw()
        assert next(_numbers(camera.url, 1)) is not None


def test_garbage_cannot_be_decoded(clip: Clip) -> None:
    with rtsp_camera(clip, garbage=True) as camera:
        try:
            found = list(_numbers(camera.url, 5))
        except av.FFmpegError:
            found = []
        assert all(number is None for number in found)
