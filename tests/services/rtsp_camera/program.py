"""The camera itself: an RTSP server on loopback that sends a finished clip over and over, by the clock.

It runs under the system's Python, whose `gi` Debian brings, and knows nothing of ECG. It never encodes: all
it costs is sending, so that whoever measures a recorder does not measure this. Which frame it sends is a
function of the time alone (frame `floor(t * rate) mod length` at Unix time t), so a frame's number tells when
it was taken, whichever camera sent it and however often that camera was started again.

A stopped camera (SIGSTOP) that goes on (SIGCONT) has lost what it did not send, as a real one has.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
import threading
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

_LATE_SECONDS = 0.5
"""What is later than this is not sent any more: the camera stood still."""
_ROLE = "viewer"
_PARSED = {
    "h264": ("video/x-h264,stream-format=byte-stream,alignment=au", "h264parse", "rtph264pay"),
    "hevc": ("video/x-h265,stream-format=byte-stream,alignment=au", "h265parse", "rtph265pay"),
}
_DELIMITER = {"h264": rb"\x00\x00\x00\x01\x09", "hevc": rb"\x00\x00\x00\x01\x46\x01"}
_KEY = {
    "h264": re.compile(rb"\x00\x00\x01[\x05\x25\x45\x65]"),
    "hevc": re.compile(rb"\x00\x00\x01[\x26\x28\x2a]"),
}
_ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)


@dataclass(frozen=True)
class Track:
    """What is sent: units of equal duration, of which decoding can begin at some."""

    name: str
    launch: str
    units: list[bytes]
    each: Fraction
    """Seconds of a unit."""
    keys: list[bool]


def video_track(path: Path, codec: str, rate: Fraction) -> Track:
    """An Annex B stream with access unit delimiters."""
    data = path.read_bytes()
    begins = [match.start() for match in re.finditer(_DELIMITER[codec], data)]
    units = [data[begin:end] for begin, end in zip(begins, [*begins[1:], len(data)], strict=True)]
    caps, parser, payloader = _PARSED[codec]
    launch = (
        f"appsrc name=video is-live=true format=time block=true max-bytes=4000000 "
        f"caps={caps},framerate={rate.numerator}/{rate.denominator} ! {parser} ! "
        f"{payloader} config-interval=-1 name=pay0 pt=96"
    )
    return Track("video", launch, units, 1 / rate, [bool(_KEY[codec].search(unit)) for unit in units])


def sound_track(path: Path) -> Track:
    """An ADTS stream of AAC."""
    data = path.read_bytes()
    rate = _ADTS_RATES[data[2] >> 2 & 15]
    channels = (data[2] & 1) << 2 | data[3] >> 6
    units, at = [], 0
    while at + 7 <= len(data):
        length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        units.append(data[at : at + length])
        at += length
    launch = (
        "appsrc name=sound is-live=true format=time block=true max-bytes=400000 "
        f"caps=audio/mpeg,mpegversion=4,stream-format=adts,rate={rate},channels={channels} ! aacparse ! "
        "rtpmp4gpay name=pay1 pt=97"
    )
    return Track("sound", launch, units, Fraction(1024, rate), [True] * len(units))


class Clock:
    """Unix time as it was when the camera began, going on at the pace of a clock that nobody sets."""

    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        return time.monotonic() + self._offset


def feed(source: Any, track: Track, clock: Clock, began: float, garbage: threading.Event) -> None:
    """Send each unit when it is due, until the pipeline takes no more."""
    number = _next_key(track, clock)
    while True:
        due = float(number * track.each)
        early = due - clock.now()
        if early > 0:
            time.sleep(early)
        elif early < -_LATE_SECONDS:
            number = _next_key(track, clock)
            continue
        unit = track.units[number % len(track.units)]
        if garbage.is_set():
            unit = unit[:40] + bytes(byte ^ 0x5A for byte in unit[40:])
        buffer = Gst.Buffer.new_wrapped(unit)
        buffer.pts = buffer.dts = max(0, round((due - began) * Gst.SECOND))
        buffer.duration = round(float(track.each) * Gst.SECOND)
        if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
            return
        number += 1


def _next_key(track: Track, clock: Clock) -> int:
    number = math.ceil(clock.now() / float(track.each))
    while not track.keys[number % len(track.units)]:
        number += 1
    return number


def serve(options: argparse.Namespace) -> None:
    Gst.init(None)
    clock, garbage = Clock(), threading.Event()
    tracks = [video_track(options.video, options.codec, options.rate)]
    if options.sound:
        tracks.append(sound_track(options.sound))
    if options.garbage:
        garbage.set()

    def configure(_factory: Any, media: Any) -> None:
        began = clock.now()
        for track in tracks:
            source = media.get_element().get_by_name_recurse_up(track.name)
            thread = threading.Thread(
                target=feed, args=(source, track, clock, began, garbage), name=track.name, daemon=True
            )
            thread.start()

    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(f"( {' '.join(track.launch for track in tracks)} )")
    factory.set_shared(True)
    factory.connect("media-configure", configure)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    if options.user:
        protect(server, factory, options.user, options.password)
    server.get_mount_points().add_factory(options.path, factory)
    if not server.attach(None):
        sys.exit(f"the camera cannot listen on port {options.port}")
    print(f"sending {len(tracks[0].units)} frames", flush=True)
    GLib.MainLoop().run()


def protect(server: Any, factory: Any, user: str, password: str) -> None:
    """Let in only who knows the password, by digest or basic authentication."""
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, _ROLE)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for permission in (
        GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS,
        GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
    ):
        permissions.add_permission_for_role(_ROLE, permission, True)
    factory.set_permissions(permissions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/stream")
    parser.add_argument("--video", type=Path, required=True)
    parser.add_argument("--codec", choices=[*_PARSED], default="h264")
    parser.add_argument("--rate", type=Fraction, required=True, help="frames a second")
    parser.add_argument("--sound", type=Path)
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--garbage", action="store_true", help="send what no decoder understands")
    serve(parser.parse_args())


if __name__ == "__main__":
    main()
