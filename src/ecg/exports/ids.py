"""Ids of exports that prove whose they are, so that a poll needs no database to know.

An id is the letter of its kind, 20 hex digits of chance, and 20 of an HMAC over these and the owner. Nobody
else can make one that passes as theirs, and knowing somebody's id is of no use.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Literal

Kind = Literal["video", "overlay"]

EXPORT_ID = re.compile(r"[vo][0-9a-f]{40}")
_LETTERS: dict[Kind, str] = {"video": "v", "overlay": "o"}
_KINDS: dict[str, Kind] = {letter: kind for kind, letter in _LETTERS.items()}


class ExportIds:
    """`secret` is shared by all servers of an installation."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"ecg export ids, version 1", "sha256")

    def new(self, kind: Kind, tenant_id: str, user_id: str, *, seed: str | None = None) -> str:
        """An id; the same one for the same `seed` (32 hex digits of chance)."""
        stem = _LETTERS[kind] + (seed or secrets.token_hex(10))[:20]
        return stem + self._mark(stem, tenant_id, user_id)

    def is_of(self, job_id: str, tenant_id: str, user_id: str) -> bool:
        """Whether it was made for this owner."""
        if not EXPORT_ID.fullmatch(job_id):
            return False
        return hmac.compare_digest(job_id[21:], self._mark(job_id[:21], tenant_id, user_id))

    def _mark(self, stem: str, tenant_id: str, user_id: str) -> str:
        message = f"{stem}\n{tenant_id}\n{user_id}".encode()
        return hmac.digest(self._key, message, "sha256").hex()[:20]


def kind_of(job_id: str) -> Kind:
    return _KINDS[job_id[0]]
