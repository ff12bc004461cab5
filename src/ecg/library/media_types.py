"""Which files may be uploaded as what: names, types, and what must be found inside.

A type is held against the container that is found in the file, not to learn what it is, but because a file
that lies about itself is one that somebody else may be made to open.
"""

from __future__ import annotations

from dataclasses import dataclass

from ecg.errors import InputError, MediaError, UnsupportedFormat
from ecg.media import MediaInfo

MAX_NAME = 255


class BadFileName(InputError):
    code = "INVALID_FILE_NAME"


@dataclass(frozen=True, slots=True)
class VideoType:
    extension: str
    """Of the key; the client's own name is only shown."""
    containers: frozenset[str]
    """FFmpeg's names, any of which may be found inside."""


def _type(extension: str, *containers: str) -> VideoType:
    return VideoType(extension, frozenset(containers))


_MP4, _MATROSKA = ("mov", "mp4"), ("matroska", "webm")

TYPES: dict[str, VideoType] = {
    "video/mp4": _type("mp4", *_MP4),
    "video/x-m4v": _type("m4v", *_MP4),
    "video/quicktime": _type("mov", *_MP4),
    "video/3gpp": _type("3gp", *_MP4),
    "video/3gpp2": _type("3g2", *_MP4),
    "video/webm": _type("webm", *_MATROSKA),
    "video/x-matroska": _type("mkv", *_MATROSKA),
    "video/matroska": _type("mkv", *_MATROSKA),
    "video/x-msvideo": _type("avi", "avi"),
    "video/avi": _type("avi", "avi"),
    "video/vnd.avi": _type("avi", "avi"),
    "video/mpeg": _type("mpg", "mpeg", "mpegts", "mpegvideo"),
    "video/mp2t": _type("ts", "mpegts"),
    "video/x-flv": _type("flv", "flv"),
    "video/ogg": _type("ogv", "ogg"),
    "video/x-ms-wmv": _type("wmv", "asf"),
}
_BY_EXTENSION = {known.extension: name for name, known in reversed(TYPES.items())}
_UNTOLD = ("", "application/octet-stream")
"""What browsers say of files that they do not know."""


def usable_name(name: str) -> str:
    """The name of a file; raises BadFileName for paths, and for what no file is called."""
    parts = name.replace("\\", "/").split("/")
    if len(parts) > 1 or name.strip(". ") == "" or not name.isprintable() or len(name) > MAX_NAME:
        raise BadFileName(
            "this is not the name of a file",
            where="/file_name",
            hint=f"a name without folders, of at most {MAX_NAME} printable characters",
        )
    return name


def usable_type(declared: str, name: str) -> str:
    """The content type of the upload; raises UnsupportedFormat.

    One that a browser could not tell follows from the name.
    """
    plain = declared.partition(";")[0].strip().lower()
    if plain in _UNTOLD:
        plain = _BY_EXTENSION.get(name.rpartition(".")[2].lower(), plain)
    if plain not in TYPES:
        raise UnsupportedFormat(
            f"files of the type {declared[:100]!r} are not taken",
            where="/file_type",
            hint="mp4, mov, webm, mkv, avi, mpeg, ts, flv, ogv or wmv",
        )
    return plain


def check_content(content_type: str, info: MediaInfo, *, longest_seconds: float) -> None:
    """Raises MediaError when the file is not what it was said to be, or nothing to make captions for."""
    found = set(info.container.split(","))
    if not found & TYPES[content_type].containers:
        raise MediaError(
            f"the file was uploaded as {content_type}, and holds {info.container}",
            hint="upload it as what it is",
        )
    info.require_video()
    info.require_audio()
    if info.duration is not None and not 0 < info.duration <= longest_seconds:
        raise MediaError(
            f"the video plays for {info.duration:,.0f} seconds; the limit is {longest_seconds:,.0f}",
            hint="upload a part of it",
        )
