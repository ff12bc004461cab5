"""Which bytes a GET asks for (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_SINGLE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


class Unsatisfiable(Exception):
    """The object has no byte of the range."""


def not_modified(headers: Mapping[str, str], etag: str) -> bool:
    """Whether the client holds this version already; `etag` without quotes."""
    asked = headers.get("if-none-match")
    if asked is None:
        return False
    held = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    return "*" in held or f'"{etag}"' in held


def asked_range(headers: Mapping[str, str], etag: str, size: int) -> tuple[int, int] | None:
    """First byte and number of bytes; None when the whole object is to be sent.

    Several ranges at once, other units and what cannot be read are ignored, as the standard allows; so is a
    range of another version than this. Raises Unsatisfiable.
    """
    match = _SINGLE.fullmatch(headers.get("range", ""))
    if match is None or headers.get("if-range", f'"{etag}"') != f'"{etag}"':
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        length = min(int(last), size)
        if length == 0:
            raise Unsatisfiable
        return size - length, length
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return start, end - start + 1
