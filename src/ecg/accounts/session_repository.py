"""SQL of sign-ins and one-time tokens. Every change compares and sets: of two at once one counts."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.accounts.models import OneTimeToken, Session
from ecg.database import Record, now_ms, table_of

sessions = table_of(Session)
one_time = table_of(OneTimeToken)

KEPT_MS = 24 * 3600 * 1000
"""How long a sign-in that has ended stays, for whoever looks into what happened."""


async def add(
    connection: AsyncConnection, session_id: str, user_id: str, token_hash: str, *, life_ms: int
) -> None:
    await connection.execute(
        insert(sessions).values(
            session_id=session_id,
            user_id=user_id,
            token_hash=token_hash,
            created_at=now_ms(),
            refreshed_at=now_ms(),
            expires_at=now_ms() + life_ms,
        )
    )


async def forget_old(connection: AsyncConnection, user_id: str) -> None:
    """Sign-ins of that user that nobody can go on with."""
    await connection.execute(
        delete(sessions).where(sessions.c.user_id == user_id, sessions.c.expires_at < now_ms() - KEPT_MS)
    )


async def find(connection: AsyncConnection, session_id: str) -> Record | None:
    """With `alive`: whether it has neither ended nor expired."""
    alive = (sessions.c.ended_at.is_(None)) & (sessions.c.expires_at > now_ms())
    query = select(sessions, alive.label("alive")).where(sessions.c.session_id == session_id)
    return (await connection.execute(query)).one_or_none()


async def rotate(
    connection: AsyncConnection, session_id: str, *, old_hash: str, new_hash: str, life_ms: int
) -> bool:
    """Another token for the one that is valid now; False when that is not `old_hash`, or it all ended."""
    changed = await connection.execute(
        update(sessions)
        .where(
            sessions.c.session_id == session_id,
            sessions.c.token_hash == old_hash,
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > now_ms(),
        )
        .values(token_hash=new_hash, refreshed_at=now_ms(), expires_at=now_ms() + life_ms)
    )
    return bool(changed.rowcount)


async def end(connection: AsyncConnection, session_id: str, *, by: str) -> bool:
    """False when it had ended before."""
    changed = await connection.execute(
        update(sessions)
        .where(sessions.c.session_id == session_id, sessions.c.ended_at.is_(None))
        .values(ended_at=now_ms(), ended_by=by)
    )
    return bool(changed.rowcount)


async def end_all(connection: AsyncConnection, user_id: str, *, by: str, but: str | None = None) -> None:
    """All sign-ins of a user; `but`: that one goes on."""
    change = update(sessions).where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
    if but is not None:
        change = change.where(sessions.c.session_id != but)
    await connection.execute(change.values(ended_at=now_ms(), ended_by=by))


async def add_one_time(
    connection: AsyncConnection, token_hash: str, user_id: str, purpose: str, email: str, *, life_ms: int
) -> None:
    """A token; the user's older ones for that purpose stop working."""
    await forget_one_time(connection, user_id, purpose)
    await connection.execute(
        insert(one_time).values(
            token_hash=token_hash,
            user_id=user_id,
            purpose=purpose,
            email=email,
            created_at=now_ms(),
            expires_at=now_ms() + life_ms,
        )
    )


async def forget_one_time(connection: AsyncConnection, user_id: str, purpose: str) -> None:
    await connection.execute(
        delete(one_time).where(one_time.c.user_id == user_id, one_time.c.purpose == purpose)
    )


async def take_one_time(connection: AsyncConnection, token_hash: str, purpose: str) -> Record | None:
    """Use a token up: ``user_id`` and ``email``, or None when it is wrong, used or old."""
    mine = (one_time.c.token_hash == token_hash) & (one_time.c.purpose == purpose)
    query = select(one_time.c.user_id, one_time.c.email).where(mine, one_time.c.expires_at > now_ms())
    found = (await connection.execute(query)).one_or_none()
    if found is None:
        return None
    gone = await connection.execute(delete(one_time).where(mine))
    return found if gone.rowcount else None
