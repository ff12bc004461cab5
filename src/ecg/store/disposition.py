"""Content-Disposition for downloads (RFC 6266), with file names in any script (RFC 8187)."""

from __future__ import annotations

import re
from urllib.parse import quote

_MAX_BYTES = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069/\\]")
_NOT_TOKEN = re.compile(r"[^A-Za-z0-9!#$&+.^_`|~ ()\[\]{},=@-]", re.ASCII)


def attachment(file_name: str) -> str:
    """The header's value: the browser saves the file under this name instead of showing it.

    Separators and control characters, also those that turn the direction of writing, become `_`; names longer
    than 200 bytes of UTF-8 lose their middle, not their extension.
    """
    name = _shortened(_CONTROL.sub("_", file_name).strip() or "download")
    plain = _NOT_TOKEN.sub("_", name)
    if plain == name:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _shortened(name: str) -> str:
    data = name.encode("utf-8", "replace")
    if len(data) <= _MAX_BYTES:
        return data.decode()
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 16:
        stem, dot, extension = name, "", ""
    tail = f"{dot}{extension}"
    room = _MAX_BYTES - len(tail.encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore") + tail
