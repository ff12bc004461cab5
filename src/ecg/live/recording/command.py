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
FIRST_LOOK = ("-probesize", "1000000", "-analyzeduration", "1500000")

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


def input_arguments(
    source: Source,
    url: str,
    *,
    transport: str,
    proxy: str | None = None,
    real_time: bool = True,
    arrival_times: bool = False,
) -> list[str]:
    """How a camera is opened. `url` is the source's, with the address that was checked.

    `real_time`: a file is read at the speed at which it plays, again and again. `arrival_times`: pictures
    come without times of their own (MJPEG over HTTP), so the moment when they arrive is taken.
    """
    arguments = [
        *("-protocol_whitelist", _PROTOCOLS[source.kind], "-format_whitelist", _FORMATS[source.kind]),
        *("-max_streams", str(MAX_STREAMS), "-max_pixels", str(MAX_PIXELS)),
    ]
    silence = str(SILENCE_SECONDS * 1_000_000)
    match source.kind:
        case Kind.RTSP:
            arguments += [*FIRST_LOOK, "-rtsp_transport", transport, "-timeout", silence]
            arguments += ["-allowed_media_types", "video+audio"]
        case Kind.RTMP:
            arguments += [*FIRST_LOOK, "-rw_timeout", silence]
        case Kind.SRT:
            arguments += [*FIRST_LOOK, "-timeout", silence, "-rw_timeout", silence]
        case Kind.HTTP:
            arguments += [*FIRST_LOOK, "-rw_timeout", silence]
            if arrival_times:
                arguments += ["-use_wallclock_as_timestamps", "1"]
            if proxy is not None:
                arguments += ["-http_proxy", proxy]
        case Kind.FILE if real_time:
            arguments += ["-re", "-stream_loop", "-1"]
    return [*arguments, "-i", url]


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
