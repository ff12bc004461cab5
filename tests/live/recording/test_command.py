"""What FFmpeg is started with: nothing but the camera's own protocols, and no encoding where it copies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecg.live.cameras.source import parse_source
from ecg.live.recording.command import Outputs, Wishes, can_hide, input_arguments, recorder_command
from ecg.live.recording.inputs import camera_input
from ecg.live.recording.plan import plan_of
from tests.live.recording.test_plan import facts

OUTPUTS = Outputs(Path("/d/it's [a]|b:c"), Path("/d/open"), "0a1b2c3d", 600, 5, 6)


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


@pytest.mark.parametrize(
    ("url", "protocols"),
    [
        ("rtsp://10.0.0.7/1", "rtsp,rtsps,rtp,rtcp,srtp,udp,tcp,tls,crypto"),
        ("rtmp://10.0.0.7/a/1", "rtmp,rtmps,tcp,tls"),
        ("srt://10.0.0.7:9000", "srt"),
        ("https://cam/live.m3u8", "http,https,httpproxy,tcp,tls,crypto"),
        ("file:///videos/a.mp4", "file"),
    ],
)
def test_only_the_cameras_own_protocols_are_open(url: str, protocols: str) -> None:
    arguments = input_arguments(parse_source(url), url, Wishes("tcp"))
    assert option(arguments, "-protocol_whitelist") == protocols
    assert "concat" not in option(arguments, "-format_whitelist")
    assert arguments[-2:] == ["-i", url]


def test_a_connection_that_is_silent_ends() -> None:
    url = "rtsp://10.0.0.7/1"
    arguments = input_arguments(parse_source(url), url, Wishes("udp"))
    assert option(arguments, "-timeout") == "5000000"
    assert option(arguments, "-rtsp_transport") == "udp"


def test_a_password_of_rtsp_is_in_no_argument() -> None:
    url = "rtsp://admin:it's-hunter22@10.0.0.7:554/1"
    source = parse_source(url)
    assert can_hide(source)
    with camera_input(source, url, Wishes("udp")) as given:
        assert "hunter22" not in " ".join(given.arguments)
        (script,) = given.descriptors
        assert given.arguments[-1] == f"pipe:{script}"
        written = os.pread(script, 10_000, 0).decode().splitlines()
    assert written[:2] == ["ffconcat version 1.0", "file 'rtsp://admin:it'\\''s-hunter22@10.0.0.7:554/1'"]
    assert "option rtsp_transport udp" in written
    assert "option timeout 5000000" in written


@pytest.mark.parametrize("url", ["http://u:password@cam/1", "srt://cam:9000?passphrase=long", "rtsp://cam/1"])
def test_what_another_camera_sends_is_never_followed_as_a_list(url: str) -> None:
    source = parse_source(url)
    assert not can_hide(source)
    with camera_input(source, url, Wishes("tcp")) as given:
        assert "concat" not in " ".join(given.arguments)


def test_http_cameras_are_reached_through_the_proxy() -> None:
    url = "http://cam/1"
    arguments = input_arguments(parse_source(url), url, Wishes("tcp", "http://127.0.0.1:9"))
    assert option(arguments, "-http_proxy") == "http://127.0.0.1:9"


def test_copying_encodes_nothing_and_says_each_file_on_a_pipe() -> None:
    command = recorder_command("ffmpeg", ["-i", "x"], plan_of(facts(audio="aac")), OUTPUTS)
    assert (option(command, "-c:v"), option(command, "-c:a")) == ("copy", "copy")
    assert "libx264" not in command
    assert "segment_list=pipe\\\\:5" in command[-1]
    assert "segment_list=pipe\\\\:6" in command[-1]
    assert "-nostdin" in command


def test_encoding_puts_a_key_frame_at_each_second() -> None:
    command = recorder_command("ffmpeg", ["-i", "x"], plan_of(facts(12.0, audio="pcm_alaw")), OUTPUTS)
    assert option(command, "-force_key_frames") == "expr:gte(t,n_forced)"
    assert option(command, "-c:a") == "aac"
