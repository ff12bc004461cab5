"""Tickets: links to live video and recordings that work without a token until they end.

A ticket says until when, of which organisation and for which viewer, and is signed together with what it
opens: one camera's live stream, one recording, or one cut. It is short, for the playlist repeats it with each
segment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass

from ecg.database import Record
from ecg.errors import Unauthorized
from ecg.settings import Settings

PREFIX = "/api/live-monitoring"
DEFAULT_URL = "http://127.0.0.1:8000"
WORKER = "worker"
"""The viewer of links that workers get."""


class TicketRefused(Unauthorized):
    code = "TICKET_NOT_VALID"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket that fits says."""

    tenant_id: str
    viewer: str
    """A digest of who asked for it, for the logs."""
    ends: int
    """Seconds since 1970."""


class LiveTickets:
    """`secret` is `Settings.secret("url_signing")`."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"ecg live tickets, version 1", hashlib.sha256)

    def issue(self, tenant_id: str, viewer: str, opens: str, *, seconds: int) -> tuple[str, int]:
        """A ticket for `opens` (see `stream`, `recording`, `cut`), and when it ends."""
        ends = int(time.time()) + seconds
        who = hashlib.sha256(viewer.encode()).hexdigest()[:8]
        said = f"{ends:x}.{_spelled(tenant_id.encode())}.{who}"
        return f"{said}.{self._signature(said, opens)}", ends

    def check(self, ticket: str | None, opens: str) -> Ticket:
        """Raises TicketRefused: no ticket, a wrong one, one that has ended, or one for something else."""
        said, _, signature = (ticket or "").rpartition(".")
        if hmac.compare_digest(signature.encode(), self._signature(said, opens).encode()):
            ends, tenant, who = said.split(".")
            if int(ends, 16) >= time.time():
                padded = tenant + "=" * (-len(tenant) % 4)
                return Ticket(base64.urlsafe_b64decode(padded).decode(), who, int(ends, 16))
        raise TicketRefused(
            "the link is wrong, has ended, or is for something else", hint="ask for a new one"
        )

    def _signature(self, said: str, opens: str) -> str:
        signed = f"{said}\n{opens}".encode("utf-8", "replace")
        return _spelled(hmac.digest(self._key, signed, hashlib.sha256)[:16])


def stream(camera_id: str) -> str:
    return f"stream/{camera_id}"


def recording(camera_id: str, archive_id: str) -> str:
    return f"recording/{camera_id}/{archive_id}"


def cut(camera_id: str, start: int, end: int) -> str:
    return f"cut/{camera_id}/{start}/{end}"


def playlist_path(camera_id: str, ticket: str) -> str:
    return f"{PREFIX}/hls/{camera_id}/live.m3u8?ticket={ticket}"


def recording_path(camera_id: str, archive_id: str, ticket: str) -> str:
    return f"{PREFIX}/recordings/{camera_id}/{archive_id}.mp4?ticket={ticket}"


def cut_path(camera_id: str, start: int, end: int, ticket: str) -> str:
    return f"{PREFIX}/cuts/{camera_id}.mp4?from={start}&to={end}&ticket={ticket}"


def archive_link(settings: Settings, archive: Record) -> str:
    """Where a worker fetches an archive, relative to `live_address`; `archive` is its row."""
    tickets = LiveTickets(settings.secret("url_signing"))
    opens = recording(archive.camera_id, archive.archive_id)
    ticket, _ = tickets.issue(archive.tenant_id, WORKER, opens, seconds=settings.live_ticket_seconds)
    return recording_path(archive.camera_id, archive.archive_id, ticket)


def live_address(settings: Settings) -> str:
    """How programs reach whoever serves live video: LIVE_URL, else the API server."""
    url = settings.live_url or settings.fastapi_base_url or settings.public_url or DEFAULT_URL
    return url.rstrip("/")


def link_base(settings: Settings) -> str:
    """What links for browsers begin with: nothing where the API server itself has the files."""
    return (settings.live_url or "").rstrip("/")


def _spelled(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
