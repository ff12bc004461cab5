"""Parts of a file, and whether two parts are of the same file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx2

_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(?:(\d{1,18})|\*)")


@dataclass(frozen=True)
class ContentRange:
    """Which bytes an answer holds: `start` to `end`, both included; None when it says none (416)."""

    start: int | None
    end: int | None
    total: int | None


def content_range(headers: httpx2.Headers) -> ContentRange | None:
    """The answer's Content-Range; None when it is missing or nonsense."""
    match = _CONTENT_RANGE.fullmatch(headers.get("content-range", "").strip())
    if match is None:
        return None
    start, end, total = (int(part) if part is not None else None for part in match.groups())
    if start is not None and end is not None and (end < start or (total is not None and end >= total)):
        return None
    return ContentRange(start, end, total)


@dataclass(frozen=True)
class Version:
    """What tells one version of a file from another, strong enough to join two parts (RFC 9110, 13.1.5)."""

    etag: str | None
    modified: str | None

    @property
    def if_range(self) -> str | None:
        return self.etag or self.modified

    def is_of(self, headers: httpx2.Headers) -> bool:
        """Whether a part with these headers belongs to this version; a missing ETag is a no."""
        if self.etag is not None:
            return headers.get("etag") == self.etag
        return headers.get("last-modified", self.modified) == self.modified


def version_of(headers: httpx2.Headers) -> Version:
    """The validators of an answer; weak ones, which several versions may share, are left out."""
    etag = headers.get("etag", "")
    return Version(etag if etag.startswith('"') else None, _settled_date(headers))


def _settled_date(headers: httpx2.Headers) -> str | None:
    """Last-Modified, unless the file may have changed again within that same second (RFC 9110, 8.8.2.2)."""
    modified = headers.get("last-modified")
    try:
        age = parsedate_to_datetime(headers["date"]) - parsedate_to_datetime(modified or "")
    except (KeyError, ValueError, TypeError):
        return None
    return modified if age >= timedelta(seconds=1) else None
