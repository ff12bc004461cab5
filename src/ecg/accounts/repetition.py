"""`Idempotency-Key` where the answer holds secrets, which are never kept: ids and keys follow from it.

The same request with the same key leads to the same user or the same API key, because both are made from the
key and the installation's secret. Nothing is remembered, so nothing has to be forgotten either.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Annotated

from fastapi import Header

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,255}$",
        description="Makes a repetition of this request safe",
    ),
]


class Repetition:
    """`secret` is shared by all servers of an installation."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.new(secret.encode(), b"ecg repetition", hashlib.sha256).digest()

    def user_id(self, email: str, key: str | None) -> str:
        """The id of the user that a sign-up makes; without a key a new one each time."""
        return secrets.token_hex(16) if key is None else self._made("user", email, key)[:16].hex()

    def first_link(self, user_id: str, key: str | None) -> str | None:
        """The token of the link that a sign-up sends; None without a key: any new one."""
        if key is None:
            return None
        return base64.urlsafe_b64encode(self._made("first link", user_id, key)).decode().rstrip("=")

    def api_key(self, user_id: str, key: str | None) -> tuple[str, str]:
        """The id and the secret of the API key that a request makes; without a key new ones each time."""
        if key is None:
            return secrets.token_hex(6), secrets.token_urlsafe(32)
        key_id = self._made("api key id", user_id, key)[:6].hex()
        secret = base64.urlsafe_b64encode(self._made("api key", user_id, key))
        return key_id, secret.decode().rstrip("=")

    def _made(self, purpose: str, *parts: str) -> bytes:
        told = [part.encode() for part in (purpose, *parts)]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in told)
        return hmac.new(self._key, message, hashlib.sha256).digest()
