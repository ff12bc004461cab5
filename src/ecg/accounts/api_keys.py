"""Keys for programs: ``ecg_ID_SECRET``. The id is for people and the log, the secret is kept as a hash.

What a key is good for is remembered for a few seconds, so that a program that polls costs no SQL; a revoked
key works for as long at other servers than the one that revoked it.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterable, Sequence

from sqlalchemy.exc import IntegrityError

from ecg.accounts import key_repository as keys
from ecg.accounts.principal import Principal
from ecg.accounts.refresh_tokens import digest
from ecg.accounts.refusals import MissingScope
from ecg.accounts.repetition import Repetition
from ecg.accounts.schemas import NewApiKey
from ecg.database import Database, Record
from ecg.errors import Conflict, NotFound, Unauthorized
from ecg.web import Refused
from ecg.web.idempotency import KeyReused

PREFIX = "ecg_"
MOST_KEYS = 50
"""Of one user."""
REMEMBERED_SECONDS = 5
MOST_REMEMBERED = 10_000

_SHAPE = re.compile(r"ecg_([0-9a-f]{12})_([\w-]{43})")


class ApiKeys:
    def __init__(self, database: Database, repetition: Repetition) -> None:
        self._database = database
        self._repetition = repetition
        self._remembered: dict[str, tuple[float, Principal]] = {}

    async def create(
        self, who: Principal, asked: NewApiKey, *, idempotency_key: str | None = None
    ) -> tuple[Record, str]:
        """The key's row, and the key itself, which only a repetition of this request shows again.

        Raises Conflict when the user has too many, a 403 for a scope that the user lacks, and a 422 when the
        idempotency key was for another request.
        """
        if "admin" in asked.scopes and who.role != "admin":
            raise Refused(403, MissingScope("only administrators make keys that administer"))
        key_id, secret = self._repetition.api_key(who.user_id, idempotency_key)
        key = f"{PREFIX}{key_id}_{secret}"
        try:
            row = await self._add(who, asked, key_id, key)
        except IntegrityError:  # the id is taken: this is a repetition
            row = await self._repeated(who, asked, key_id)
        return row, key

    async def _add(self, who: Principal, asked: NewApiKey, key_id: str, key: str) -> Record:
        async with self._database.write() as connection:
            if await keys.count(connection, who.user_id) >= MOST_KEYS:
                raise Conflict(f"there are {MOST_KEYS} keys already", hint="revoke one that is not used")
            await keys.add(
                connection,
                key_id,
                who.user_id,
                secret_hash=digest(key),
                name=asked.name,
                scopes=_joined(asked.scopes),
                life_ms=_life(asked),
            )
            row = await keys.find(connection, who.user_id, key_id)
        assert row is not None  # noqa: S101  # of this transaction
        return row

    async def _repeated(self, who: Principal, asked: NewApiKey, key_id: str) -> Record:
        async with self._database.read() as connection:
            row = await keys.find(connection, who.user_id, key_id)
        if row is None or row.revoked_at is not None:
            raise Conflict("the key of this request was revoked", hint="take another Idempotency-Key")
        life = None if row.expires_at is None else row.expires_at - row.created_at
        wanted = _life(asked)
        alike = life == wanted or (life is not None and wanted is not None and abs(life - wanted) < 1000)
        if (row.name, row.scopes) != (asked.name, _joined(asked.scopes)) or not alike:
            raise Refused(422, KeyReused("the Idempotency-Key belongs to another request"))
        return row

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


def _joined(scopes: Iterable[str]) -> str:
    return " ".join(sorted(set(scopes)))


def _life(asked: NewApiKey) -> int | None:
    """Milliseconds; None: for ever."""
    return None if asked.expires_in_days is None else asked.expires_in_days * 86_400_000


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
