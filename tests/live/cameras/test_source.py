"""URLs of cameras: what is understood, what is refused, and that no secret is shown."""

from __future__ import annotations

import pytest

from ecg.live.cameras.sealing import AddressUnreadable, Seal
from ecg.live.cameras.source import BadCameraUrl, Kind, parse_source


@pytest.mark.parametrize(
    ("url", "kind", "host", "port"),
    [
        ("rtsp://cam.local/stream", Kind.RTSP, "cam.local", 554),
        ("rtsps://10.0.0.7/1", Kind.RTSP, "10.0.0.7", 322),
        ("rtsp://u:p@[fd00::7]:8554/1", Kind.RTSP, "fd00::7", 8554),
        ("rtmp://media.example/live/7", Kind.RTMP, "media.example", 1935),
        ("rtmps://media.example/live/7", Kind.RTMP, "media.example", 443),
        ("srt://10.0.0.7:9000?passphrase=longenough", Kind.SRT, "10.0.0.7", 9000),
        ("http://cam/video.mjpg", Kind.HTTP, "cam", 80),
        ("https://cam.example/live.m3u8", Kind.HTTP, "cam.example", 443),
        ("file:///videos/a%20b.mp4", Kind.FILE, "", 0),
    ],
)
def test_kinds_of_cameras(url: str, kind: Kind, host: str, port: int) -> None:
    source = parse_source(url)
    assert (source.kind, source.host, source.port) == (kind, host, port)


@pytest.mark.parametrize(
    "url",
    [
        "concat:rtsp://a/1|/etc/passwd",
        "/etc/passwd",
        "data:text/plain,x",
        "subfile,,start,0,end,9,,:/etc/passwd",
        "ftp://cam/1",
        "rtsp://",
        "rtsp://cam:99999/1",
        "rtsp://2130706433/1",
        "rtsp://0x7f.1/1",
        "rtsp://cam/1#fragment",
        "rtsp://cam/a b",
        "rtsp://cam/\n-i /etc/passwd",
        "rtsp://cam/\u202e",
        "srt://cam",
        "file://host/x.mp4",
        "file:relative.mp4",
        "-i",
        "rtsp://" + "a" * 3000,
    ],
)
def test_what_is_no_camera_is_one_clear_error(url: str) -> None:
    with pytest.raises(BadCameraUrl) as refused:
        parse_source(url)
    assert refused.value.code == "CAMERA_URL_NOT_VALID"
    assert "passwd" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://admin:hunter%402@cam/stream?user=admin&password=hunter%402",
        "http://admin:hunter%402@cam/video.mjpg",
        "srt://cam:9000?passphrase=hunter%402",
    ],
)
def test_secrets_are_shown_nowhere(url: str) -> None:
    source = parse_source(url)
    said = f"{url}: 401; also {url.replace('cam', '10.0.0.7')} and hunter@2 and hunter%402"
    for text in (source.shown, repr(source), source.redacted(said)):
        assert "hunter" not in text
    assert "***" in source.shown


def test_the_address_that_was_checked_takes_the_hosts_place() -> None:
    source = parse_source("rtsp://admin:secret@cam.local/stream?x=1")
    assert source.at("10.0.0.7") == "rtsp://admin:secret@10.0.0.7:554/stream?x=1"
    assert source.at("fd00::7") == "rtsp://admin:secret@[fd00::7]:554/stream?x=1"


def test_addresses_are_sealed_and_another_secret_does_not_open_them() -> None:
    sealed = Seal("one secret").close("rtsp://admin:hunter2@cam/1")
    assert "hunter2" not in sealed
    assert Seal("one secret").open(sealed) == "rtsp://admin:hunter2@cam/1"
    with pytest.raises(AddressUnreadable):
        Seal("another").open(sealed)
