"""What FFmpeg is started with for a camera: pure functions that answer argument lists.

One process, one connection, everything encoded at most once: the `tee` muxer hands the packets to two segment
muxers, live segments and archives. Each tells its closed files on a pipe of its own, one CSV row a file; what
is not told is not closed. Archives are fragmented and flushed at each key frame, so that a killed recorder
loses no more than the last group of pictures.

Inputs are guarded: only the protocols of the camera's own kind are open, and the demuxers that they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg.live.cameras.source import Kind, Source
from ecg.live.recording.plan import Plan
from ecg.media.guard import FORMAT_WHITELIST, MAX_PIXELS, MAX_STREAMS

SILENCE_SECONDS = 5
"""A connection that brings nothing for so long ends."""
FIRST_LOOK = {"probesize": "1000000", "analyzeduration": "1500000"}

_PROTOCOLS = {
    Kind.RTSP: "rtsp,rtsps,rtp,rtcp,srtp,udp,tcp,tls,crypto",
    Kind.RTMP: "rtmp,rtmps,tcp,tls",
    Kind.SRT: "srt",
    Kind.HTTP: "http,https,httpproxy,tcp,tls,crypto",
    Kind.FILE: "file",
}
_FORMATS = {
    Kind.RTSP: "rtsp,rtp,sdp,mpegts",
    Kind.RTMP: "flv,live_flv",
    Kind.SRT: "mpegts",
    Kind.HTTP: "hls,applehttp,mpegts,mpjpeg,mjpeg,jpeg_pipe,flv,live_flv,mov,mp4,matroska,webm,aac,h264,hevc",
    Kind.FILE: FORMAT_WHITELIST,
}


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where a session writes. File names are those of `hls.playlist` and `archives.naming`."""

    segments: Path
    archives: Path
    session: str
    """Eight hexadecimal digits that no other session of the camera has."""
    archive_seconds: int
    segment_pipe: int
    archive_pipe: int
    """Descriptors that FFmpeg inherits."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a camera is to be opened."""

    transport: str
    """Of RTSP: tcp or udp."""
    proxy: str | None = None
    """For HTTP."""
    real_time: bool = True
    """A file is read at the speed at which it plays, again and again."""
    arrival_times: bool = False
    """Pictures come without times of their own (MJPEG over HTTP): the moment when they arrive is taken."""


def input_arguments(source: Source, url: str, wishes: Wishes) -> list[str]:
    """How a camera is opened. `url` is the source's, with the address that was checked."""
    arguments = _limits(_PROTOCOLS[source.kind], _FORMATS[source.kind])
    for name, value in _options(source.kind, wishes).items():
        arguments += [f"-{name}", value]
    if source.kind is Kind.FILE and wishes.real_time:
        arguments += ["-re", "-stream_loop", "-1"]
    return [*arguments, "-i", url]


def hidden_input_arguments(source: Source, script: int) -> list[str]:
    """The same for a URL that is nobody's business: FFmpeg reads it from a list on this descriptor (see
    `hidden_input_script`), and its arguments, which every process of the machine may read, do not show it.
    """
    protocols, formats = _PROTOCOLS[source.kind], _FORMATS[source.kind]
    limits = _limits(f"pipe,{protocols}", f"concat,{formats}")
    first_look = [part for name, value in FIRST_LOOK.items() for part in (f"-{name}", value)]
    return [*limits, *first_look, "-f", "concat", "-safe", "0", "-i", f"pipe:{script}"]


def hidden_input_script(source: Source, url: str, wishes: Wishes) -> str:
    """A list of one input for FFmpeg's concat demuxer, with its options."""
    quoted = url.replace("'", "'\\''")
    options = [f"option {name} {value}" for name, value in _options(source.kind, wishes).items()]
    return "\n".join(["ffconcat version 1.0", f"file '{quoted}'", *options, ""])


def can_hide(source: Source) -> bool:
    """Whether the URL has a secret and can be kept out of FFmpeg's arguments.

    RTSP alone: what another kind of camera sends might itself be such a list, which FFmpeg would then follow.
    """
    return source.kind is Kind.RTSP and bool(source.secrets)


def _limits(protocols: str, formats: str) -> list[str]:
    return [
        *("-protocol_whitelist", protocols, "-format_whitelist", formats),
        *("-max_streams", str(MAX_STREAMS), "-max_pixels", str(MAX_PIXELS)),
    ]


def _options(kind: Kind, wishes: Wishes) -> dict[str, str]:
    """FFmpeg's options for this kind of camera."""
    silence = str(SILENCE_SECONDS * 1_000_000)
    match kind:
        case Kind.RTSP:
            how = {"rtsp_transport": wishes.transport, "allowed_media_types": "video+audio"}
            return {**FIRST_LOOK, **how, "timeout": silence}
        case Kind.RTMP:
            return {**FIRST_LOOK, "rw_timeout": silence}
        case Kind.SRT:
            return {**FIRST_LOOK, "timeout": silence}
        case Kind.HTTP:
            clock = {"use_wallclock_as_timestamps": "1"} if wishes.arrival_times else {}
            proxy = {"http_proxy": wishes.proxy} if wishes.proxy else {}
            return {**FIRST_LOOK, "rw_timeout": silence, **clock, **proxy}
        case Kind.FILE:
            return {}


def recorder_command(program: str, input_: Sequence[str], plan: Plan, outputs: Outputs) -> list[str]:
    """FFmpeg as it records a camera until it is told to end."""
    return [
        *(program, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning"),
        *input_,
        *("-map", "0:v:0", *(() if plan.audio == "none" else ("-map", "0:a:0?")), "-dn", "-sn"),
        *_codecs(plan),
        *("-flags", "+global_header", "-max_muxing_queue_size", "1024", "-f", "tee"),
        "|".join(_escaped(slave, "\\'|") for slave in (_segments(plan, outputs), _archives(outputs))),
    ]


def sample_command(program: str, input_: Sequence[str], seconds: float, path: Path) -> list[str]:
    """FFmpeg as it takes a short sample of a camera, as it comes."""
    return [
        *(program, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning"),
        *input_,
        *("-t", f"{seconds:g}", "-map", "0:v:0", "-map", "0:a:0?", "-dn", "-sn", "-c", "copy"),
        *("-fs", "64M", "-f", "matroska", "-y", f"file:{path}"),
    ]


def _codecs(plan: Plan) -> list[str]:
    video = ["-c:v", "copy"]
    if plan.encode_reason is not None:
        video = [
            *("-vf", "scale=w='min(1920,iw)':h=-2,format=yuv420p"),
            *("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-crf", "24"),
            *("-profile:v", "high", "-sc_threshold", "0", "-g", "600"),
            *("-force_key_frames", "expr:gte(t,n_forced)"),
        ]
    if plan.audio == "none":
        return [*video, "-an"]
    audio = ["copy"] if plan.audio == "copy" else ["aac", "-b:a", "64k", "-ac", "1", "-ar", "44100"]
    return [*video, "-c:a", *audio]


def _segments(plan: Plan, outputs: Outputs) -> str:
    options = {
        "segment_format": "mpegts",
        "segment_time": f"{plan.cut_seconds:.6f}",
        "segment_time_delta": f"{plan.cut_slack_seconds:.6f}",
        **_told(outputs.segment_pipe),
    }
    return _slave(options, outputs.segments / f"{outputs.session}-%06d.ts")


def _archives(outputs: Outputs) -> str:
    options = {
        "segment_format": "mp4",
        "segment_time": str(outputs.archive_seconds),
        "segment_atclocktime": "1",
        "segment_format_options": "movflags=+frag_keyframe+empty_moov+default_base_moof:flush_packets=1",
        **_told(outputs.archive_pipe),
    }
    return _slave(options, outputs.archives / f"{outputs.session}-%05d.mp4")


def _told(pipe: int) -> dict[str, str]:
    return {"segment_list": f"pipe:{pipe}", "segment_list_type": "csv", "segment_list_size": "0"}


def _slave(options: dict[str, str], path: Path) -> str:
    joined = ":".join(f"{name}={_escaped(value)}" for name, value in {"f": "segment", **options}.items())
    return f"[{joined}]{path}"


def _escaped(text: str, special: str = "\\':]|[") -> str:
    return "".join(f"\\{letter}" if letter in special else letter for letter in text)
