"""A camera's URL taken apart: what kind it is, where it leads, and how it may be shown.

Pure: whether a host may be reached is asked where it is connected to (`ecg.live.recording.reaching`). What is
kept out here are schemes that FFmpeg knows and cameras do not need (concat, subfile, pipe, data …), control
characters, and hosts that are none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from ecg.errors import InputError
from ecg.net.addresses import parse_address

MAX_URL_CHARACTERS = 2048
HIDDEN = "***"
_HINT = "rtsp://, rtsps://, rtmp://, rtmps://, srt://, http://, https://, or file:// in CAMERA_FILES"
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class BadCameraUrl(InputError):
    code = "CAMERA_URL_NOT_VALID"


class Kind(StrEnum):
    RTSP = "rtsp"
    RTMP = "rtmp"
    SRT = "srt"
    HTTP = "http"
    FILE = "file"


_SCHEMES = {
    "rtsp": (Kind.RTSP, 554),
    "rtsps": (Kind.RTSP, 322),
    "rtmp": (Kind.RTMP, 1935),
    "rtmps": (Kind.RTMP, 443),
    "srt": (Kind.SRT, None),
    "http": (Kind.HTTP, 80),
    "https": (Kind.HTTP, 443),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a camera's video comes from."""

    url: str = field(repr=False)
    """With its password: for FFmpeg alone."""
    kind: Kind
    scheme: str
    host: str
    """ASCII in lower case, an IPv6 address without brackets; empty for a file."""
    port: int
    shown: str
    """Without secrets."""
    secrets: tuple[str, ...] = field(repr=False, default=())
    """What no log and no answer may hold."""
    path: Path | None = None
    """Of a file that is played in a loop."""

    def at(self, address: str) -> str:
        """The URL with an address in place of its host: what was checked is what is connected to."""
        parts = urlsplit(self.url)
        userinfo, at, _ = parts.netloc.rpartition("@")
        host = f"[{address}]" if ":" in address else address
        return parts._replace(netloc=f"{userinfo}{at}{host}:{self.port}").geturl()

    def redacted(self, text: str) -> str:
        """`text` without anything of the URL that is secret."""
        text = text.replace(self.url, self.shown)
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return re.sub(r"(?<=://)[^/@\s]+(?=@)", HIDDEN, text)


def parse_source(url: str) -> Source:
    """Take a camera's URL apart; raises BadCameraUrl, which never repeats what may be secret."""
    if len(url) > MAX_URL_CHARACTERS or not _VISIBLE.fullmatch(url):
        raise _bad("the camera's URL has spaces, control or other characters that belong written as %20")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad("the camera's URL is malformed") from None
    if parts.scheme == "file":
        return _file(url, parts)
    if parts.scheme not in _SCHEMES:
        raise _bad(f"{parts.scheme[:20] or 'no scheme'!r} is no kind of camera that ECG knows")
    kind, usual = _SCHEMES[parts.scheme]
    host = (parts.hostname or "").lower()
    if parse_address(host) is None:
        _check_name(host)
    if port is None:
        port = usual
    if not port:
        raise _bad("the camera's URL needs a port")
    if parts.fragment:
        raise _bad("the camera's URL has a fragment (#…)")
    return Source(url, kind, parts.scheme, host, port, _shown(parts), _secrets(parts))


def _file(url: str, parts: SplitResult) -> Source:
    path = Path(unquote(parts.path))
    if parts.netloc or parts.query or parts.fragment or not path.is_absolute() or "\0" in str(path):
        raise _bad("a file that is played as a camera is named file:///folder/name.mp4")
    return Source(url, Kind.FILE, "file", "", 0, url, path=path)


def _shown(parts: SplitResult) -> str:
    userinfo, at, place = parts.netloc.rpartition("@")
    del userinfo
    query = "&".join(f"{quote(name)}={HIDDEN}" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    return parts._replace(netloc=f"{HIDDEN}{at}{place}" if at else place, query=query).geturl()


def _secrets(parts: SplitResult) -> tuple[str, ...]:
    userinfo = parts.netloc.rpartition("@")[0]
    given = [userinfo, *userinfo.split(":", 1), parts.query]
    given += [value for _, value in parse_qsl(parts.query)]
    spellings = {spelled for text in given for spelled in (text, unquote(text), quote(text, safe=""))}
    return tuple(sorted((text for text in spellings if len(text) > 3), key=len, reverse=True))


def _check_name(host: str) -> None:
    labels = host.removesuffix(".").split(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _bad("the camera's URL names no host")
    if _NUMBER.fullmatch(labels[-1]):
        raise _bad("the camera's host is an address in an unusual spelling")


def _bad(message: str) -> BadCameraUrl:
    return BadCameraUrl(message, where="/url", hint=_HINT)
