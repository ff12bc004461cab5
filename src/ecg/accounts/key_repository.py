"""SQL of API keys; the owner is in every signature but the one that a key itself proves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.accounts.models import ApiKey, User
from ecg.database import Record, now_ms, table_of

keys = table_of(ApiKey)
users = table_of(User)


async def add(
    connection: AsyncConnection,
    key_id: str,
    user_id: str,
    *,
    secret_hash: str,
    name: str,
    scopes: str,
    life_ms: int | None,
) -> None:
    await connection.execute(
        insert(keys).values(
            key_id=key_id,
            secret_hash=secret_hash,
            user_id=user_id,
            name=name,
            scopes=scopes,
            created_at=now_ms(),
            expires_at=None if life_ms is None else now_ms() + life_ms,
        )
    )


async def count(connection: AsyncConnection, user_id: str) -> int:
    """Keys of a user that work, or did until they expired."""
    query = select(func.count()).where(keys.c.user_id == user_id, keys.c.revoked_at.is_(None))
    return int((await connection.execute(query)).scalar_one())


async def page(connection: AsyncConnection, user_id: str) -> Sequence[Record]:
    """All keys of a user that were not revoked, youngest first."""
    query = select(keys).where(keys.c.user_id == user_id, keys.c.revoked_at.is_(None))
    return (await connection.execute(query.order_by(keys.c.created_at.desc(), keys.c.key_id))).all()


async def find(connection: AsyncConnection, user_id: str, key_id: str) -> Record | None:
    query = select(keys).where(keys.c.user_id == user_id, keys.c.key_id == key_id)
    return (await connection.execute(query)).one_or_none()


async def find_valid(connection: AsyncConnection, key_id: str) -> Record | None:
    """A key that works, with ``tenant_id`` and ``role`` of its user, and ``stale``: its last use is old news.

    Whether the caller has the key itself is still to be proved.
    """
    stale = or_(keys.c.last_used_at.is_(None), keys.c.last_used_at < now_ms() - 60_000)
    query = (
        select(keys, users.c.tenant_id, users.c.role, stale.label("stale"))
        .join(users, users.c.user_id == keys.c.user_id)
        .where(
            keys.c.key_id == key_id,
            keys.c.revoked_at.is_(None),
            or_(keys.c.expires_at.is_(None), keys.c.expires_at > now_ms()),
            users.c.disabled_at.is_(None),
        )
    )
    return (await connection.execute(query)).one_or_none()


async def note_use(connection: AsyncConnection, user_id: str, key_id: str) -> None:
    await connection.execute(
        update(keys).where(keys.c.user_id == user_id, keys.c.key_id == key_id).values(last_used_at=now_ms())
    )


async def revoke(connection: AsyncConnection, user_id: str, key_id: str | None = None) -> int:
    """One key of a user, or all; how many there were."""
    change = update(keys).where(keys.c.user_id == user_id, keys.c.revoked_at.is_(None))
    if key_id is not None:
        change = change.where(keys.c.key_id == key_id)
    return int((await connection.execute(change.values(revoked_at=now_ms()))).rowcount)
