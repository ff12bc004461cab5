"""Keys for programs: ``ecg_ID_SECRET``. The id is for people and the log, the secret is kept as a hash.

What a key is good for is remembered for a few seconds, so that a program that polls costs no SQL; a revoked
key works for as long at other servers than the one that revoked it.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Sequence

from ecg.accounts import key_repository as keys
from ecg.accounts.principal import Principal
from ecg.accounts.refresh_tokens import digest
from ecg.accounts.refusals import MissingScope
from ecg.accounts.schemas import NewApiKey
from ecg.database import Database, Record
from ecg.errors import Conflict, NotFound, Unauthorized
from ecg.web import Refused

PREFIX = "ecg_"
MOST_KEYS = 50
"""Of one user."""
REMEMBERED_SECONDS = 5
MOST_REMEMBERED = 10_000

_SHAPE = re.compile(r"ecg_([0-9a-f]{12})_([\w-]{43})")


class ApiKeys:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[str, tuple[float, Principal]] = {}

    async def create(self, who: Principal, asked: NewApiKey) -> tuple[Record, str]:
        """The key's row, and the key itself, which nobody can show again.

        Raises Conflict when the user has too many, and a 403 for a scope that the user lacks.
        """
        if "admin" in asked.scopes and who.role != "admin":
            raise Refused(403, MissingScope("only administrators make keys that administer"))
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        key = f"{PREFIX}{key_id}_{secret}"
        days = asked.expires_in_days
        async with self._database.write() as connection:
            if await keys.count(connection, who.user_id) >= MOST_KEYS:
                raise Conflict(f"there are {MOST_KEYS} keys already", hint="revoke one that is not used")
            await keys.add(
                connection,
                key_id,
                who.user_id,
                secret_hash=digest(key),
                name=asked.name,
                scopes=" ".join(sorted(set(asked.scopes))),
                life_ms=None if days is None else days * 86_400_000,
            )
            row = await keys.find(connection, who.user_id, key_id)
        assert row is not None  # noqa: S101  # of this transaction
        return row, key

    async def list(self, who: Principal) -> Sequence[Record]:
        async with self._database.read() as connection:
            return await keys.page(connection, who.user_id)

    async def revoke(self, who: Principal, key_id: str) -> None:
        """Raises NotFound."""
        async with self._database.write() as connection:
            revoked = await keys.revoke(connection, who.user_id, key_id)
        self._remembered.clear()
        if not revoked:
            raise NotFound("there is no such key")

    async def identify(self, key: str) -> Principal:
        """Whose key that is; raises Unauthorized."""
        shape = _SHAPE.fullmatch(key)
        if shape is None:
            raise _wrong()
        hashed = digest(key)
        until, known = self._remembered.get(hashed, (0.0, None))
        if known is not None and time.monotonic() < until:
            return known
        async with self._database.read() as connection:
            row = await keys.find_valid(connection, shape[1])
        if row is None or not hmac.compare_digest(row.secret_hash, hashed):
            raise _wrong()
        if row.stale:
            async with self._database.write() as connection:
                await keys.note_use(connection, row.user_id, row.key_id)
        return self._remember(hashed, _principal(row))

    def _remember(self, hashed: str, principal: Principal) -> Principal:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[hashed] = (time.monotonic() + REMEMBERED_SECONDS, principal)
        return principal


def _principal(row: Record) -> Principal:
    scopes = frozenset(row.scopes.split())
    return Principal(
        user_id=row.user_id,
        tenant_id=row.tenant_id,
        role="admin" if row.role == "admin" and "admin" in scopes else "user",
        scopes=scopes,
        key_id=row.key_id,
    )


def _wrong() -> Unauthorized:
    return Unauthorized("the API key is wrong, revoked or too old")
