"""Sign-ins that go on: refresh tokens that work once, and end everything when they come twice.

A refresh token names its sign-in and is signed, so one that was used can be told from one that was made up.
Each use answers another one. When a used one comes again, either it or its successor is in the wrong hands,
and nobody knows which: the whole sign-in ends (RFC 9700, 4.14.2). Of two uses at the same moment one is the
second; browsers with several tabs take turns (Web Locks).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.accounts import session_repository as sessions
from ecg.accounts.refusals import SessionEnded, SessionStolen
from ecg.database import Database

log = structlog.get_logger(__name__)

_SHAPE = re.compile(r"([0-9a-f]{32})\.([\w-]{43})\.([0-9a-f]{64})")


class RefreshTokens:
    """`secret` is shared by all servers of an installation."""

    def __init__(self, database: Database, secret: str, *, life_days: float) -> None:
        self._database = database
        self._key = hmac.new(secret.encode(), b"ecg refresh tokens", hashlib.sha256).digest()
        self.life_seconds = int(life_days * 86400)

    async def begin(self, connection: AsyncConnection, user_id: str) -> tuple[str, str]:
        """A new sign-in, in the caller's transaction: its id and its first token."""
        session_id = secrets.token_hex(16)
        token = self._make(session_id)
        await sessions.forget_old(connection, user_id)
        await sessions.add(connection, session_id, user_id, digest(token), life_ms=self.life_seconds * 1000)
        return session_id, token

    async def rotate(self, token: str) -> tuple[str, str, str]:
        """The next token: the sign-in's user, its id, and the token.

        Raises SessionEnded, and SessionStolen where the token was used before.
        """
        session_id = self._session_of(token)
        following = self._make(session_id)
        async with self._database.write() as connection:
            rotated = await sessions.rotate(
                connection,
                session_id,
                old_hash=digest(token),
                new_hash=digest(following),
                life_ms=self.life_seconds * 1000,
            )
            found = await sessions.find(connection, session_id)
            if not rotated and found is not None and found.alive:
                await sessions.end(connection, session_id, by="reuse")
        if found is None or not (rotated or found.alive):
            raise SessionEnded("this sign-in has ended", hint="sign in again")
        if not rotated:
            log.warning("a refresh token came twice: its sign-in has ended", user_id=found.user_id)
            raise SessionStolen("this sign-in was ended: its refresh token came twice", hint="sign in again")
        return found.user_id, session_id, following

    async def end(self, token: str) -> None:
        """Sign out; a token that is none, or old, ends nothing new."""
        try:
            session_id = self._session_of(token)
        except SessionEnded:
            return
        async with self._database.write() as connection:
            await sessions.end(connection, session_id, by="logout")

    def _make(self, session_id: str) -> str:
        unsigned = f"{session_id}.{secrets.token_urlsafe(32)}"
        return f"{unsigned}.{self._signature(unsigned)}"

    def _session_of(self, token: str) -> str:
        found = _SHAPE.fullmatch(token)
        if found is None or not hmac.compare_digest(
            self._signature(f"{found[1]}.{found[2]}").encode(), found[3].encode()
        ):
            raise SessionEnded("this is no refresh token of ours", hint="sign in again")
        return found[1]

    def _signature(self, unsigned: str) -> str:
        return hmac.new(self._key, unsigned.encode(), hashlib.sha256).hexdigest()


def digest(token: str) -> str:
    """What is kept of a token. It is random and long: a plain hash cannot be turned around."""
    return hashlib.sha256(token.encode()).hexdigest()
