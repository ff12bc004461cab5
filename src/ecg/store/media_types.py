"""Content types: which ones a store accepts, and how files on a disk keep theirs.

A file's type follows from its extension. Where it does not, a hidden note beside the file holds it, bound to
the version that it was written for: after two writers at once, or a kill in between, the extension counts.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from ecg.errors import InputError

_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*"
_TYPE = re.compile(rf"{_NAME}/{_NAME}(?:; ?[a-z-]+=[A-Za-z0-9._-]+)?", re.ASCII)

_OF_EXTENSION = {
    "jpg": "image/jpeg",
    "json": "application/json",
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "png": "image/png",
    "ts": "video/mp2t",
    "vtt": "text/vtt",
    "wav": "audio/wav",
    "webm": "video/webm",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def media_type(text: str) -> str:
    """The content type, when it is one; raises InputError otherwise, since it ends up in headers."""
    if len(text) > 200 or not _TYPE.fullmatch(text):
        raise InputError(f"{text[:200]!a} is not a content type", hint="such as video/mp4")
    return text


def type_of_key(key: str) -> str:
    """The content type that the key's extension stands for."""
    return _OF_EXTENSION.get(key.rpartition(".")[2].lower(), "application/octet-stream")


class TypeNote:
    """The note beside a file; `etag` names the version of the file."""

    def __init__(self, path: Path) -> None:
        self._of_extension = type_of_key(path.name)
        self._note = path.with_name(f".{path.name}.type")

    def read(self, etag: str) -> str:
        """The file's content type."""
        try:
            version, _, noted = self._note.read_text("ascii").partition("\n")
        except FileNotFoundError:
            return self._of_extension
        return noted if version == etag else self._of_extension

    def write(self, etag: str, content_type: str) -> None:
        if content_type == self._of_extension:
            self.remove()
            return
        fresh = self._note.with_name(f"{self._note.name}.{secrets.token_hex(8)}")
        try:
            fresh.write_text(f"{etag}\n{content_type}", "ascii")
            fresh.replace(self._note)
        finally:
            fresh.unlink(missing_ok=True)

    def remove(self) -> None:
        self._note.unlink(missing_ok=True)
