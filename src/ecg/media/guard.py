"""What FFmpeg is allowed to open: one local file, in a format that holds its own media.

A manifest (HLS, DASH, ffconcat, SDP …) named `talk.mp4` makes FFmpeg read other files and other hosts,
whatever the name says and even with the protocol whitelist set to `file`. So every input goes through here:
the path must be a regular file, only the `file` protocol is open, and only demuxers that cannot refer to
anything else are tried. Both doors, the `ffmpeg` program and libav in this process, get the same limits.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from ecg.errors import MediaError, MissingDependency

PROTOCOL_WHITELIST = "file"

FORMAT_WHITELIST = ",".join(
    (
        # containers
        *("mov", "matroska", "webm", "mpegts", "mpeg", "mpegvideo", "avi", "asf", "flv", "live_flv", "ogg"),
        *("mxf", "nut", "ivf", "obu", "dv", "rm", "wtv", "gxf", "yuv4mpegpipe", "h264", "hevc", "m4v", "vc1"),
        # sound alone
        *("wav", "w64", "aiff", "au", "caf", "mp3", "aac", "ac3", "eac3", "flac", "amr", "tta", "wv", "dts"),
    )
)
"""Demuxers whose files hold their own media. `hls`, `dash`, `concat`, `sdp`, `imf`, `image2` … are absent on
purpose.
"""

MAX_PIXELS = 8192 * 8192
"""Pixels a picture may have: 8K with room to spare; a header that claims more is a bomb, not a video."""

MAX_STREAMS = 64

_MANIFEST_MARKS = (
    b"#EXTM3U",
    b"ffconcat version",
    b"<MPD",
    b"<SmoothStreamingMedia",
    b"v=0\r\no=",
    b"v=0\no=",
)


def local_file(path: Path | str) -> Path:
    """The absolute path of a regular, non-empty local file.

    Raises MediaError when it does not exist, is a folder, a device or a pipe, is empty or cannot be read.
    """
    path = Path(path)
    try:
        status = path.stat()
    except OSError as error:
        raise MediaError(f"{path} cannot be read: {error.strerror}", hint="check the path") from error
    if not stat.S_ISREG(status.st_mode):
        raise MediaError(f"{path} is not a regular file", hint="give a video file on this machine")
    if status.st_size == 0:
        raise MediaError(f"{path} is empty", hint="the copy or the download may have failed; fetch it again")
    if not os.access(path, os.R_OK):
        raise MediaError(f"{path} may not be read by this user", hint="change its permissions")
    return path.resolve()


def guarded_input(path: Path | str) -> list[str]:
    """Arguments that make the `ffmpeg` program read `path` as its next input, and nothing else."""
    return [
        *("-nostdin", "-protocol_whitelist", PROTOCOL_WHITELIST, "-format_whitelist", FORMAT_WHITELIST),
        *("-max_streams", str(MAX_STREAMS), "-max_pixels", str(MAX_PIXELS)),
        *("-i", f"file:{local_file(path)}"),
    ]


def ffmpeg_program(name: str = "ffmpeg") -> str:
    """Where `ffmpeg` (or `ffprobe`) is; raises MissingDependency with the command that installs it."""
    found = shutil.which(name)
    if found is None:
        raise MissingDependency(f"the program {name} is not installed", hint="apt-get install ffmpeg")
    return found


def guarded_open(path: Path | str) -> InputContainer:
    """Open a local media file in this process under the same limits; the caller closes it.

    Raises MediaError for anything that is not a media file, says what a manifest is, and refuses pictures
    beyond MAX_PIXELS before any of them is decoded.
    """
    path = local_file(path)
    options = {
        "protocol_whitelist": PROTOCOL_WHITELIST,
        "format_whitelist": FORMAT_WHITELIST,
        "max_streams": str(MAX_STREAMS),
    }
    try:
        container = av.open(f"file:{path}", mode="r", container_options=options, metadata_errors="replace")
    except (FFmpegError, OSError, ValueError) as error:
        raise _not_media(path, error) from error
    for stream in container.streams.video:
        if stream.codec_context is not None and stream.width * stream.height > MAX_PIXELS:
            size = f"{stream.width}x{stream.height}"
            container.close()
            raise MediaError(f"{path.name} claims pictures of {size} pixels", hint="the limit is 8192x8192")
    return container


def _not_media(path: Path, error: Exception) -> MediaError:
    with path.open("rb") as file:
        head = file.read(4096)
    if any(mark in head for mark in _MANIFEST_MARKS):
        return MediaError(
            f"{path.name} is a playlist that points to other files, not a video",
            hint="give the video file itself; playlists are never followed",
        )
    if b"ftyp" in head[:64] or b"moov" in head[:64]:
        return MediaError(
            f"{path.name} is damaged: its index is missing, as when a recording or a copy was cut short",
            hint="copy it again from the source, or repair it with a tool such as untrunc",
        )
    if b"\0" not in head:
        return MediaError(f"{path.name} is a text file, not a video", hint="give a video file")
    reason = getattr(error, "strerror", None) or str(error)
    return MediaError(f"{path.name} is not a video or audio file that FFmpeg can read ({reason})")
