"""All SQL of kept answers. Whoever works on a request holds its row by a token; 0 rows changed: lost."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record, now_ms, table_of
from ecg.web.idempotency_models import KeptAnswer

answers = table_of(KeptAnswer)


@dataclass(frozen=True, slots=True)
class Request:
    """Whose request it is, which, and of what content."""

    tenant_id: str
    user_id: str
    key_digest: str
    body_digest: str


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to work on a request."""

    request: Request
    token: str
    seed: str


async def begin(database: Database, request: Request, *, lease_seconds: float) -> Turn | Record:
    """The right to work on it, or the row of somebody who does or did (`status` tells)."""
    token, seed = secrets.token_hex(16), secrets.token_hex(16)
    until = now_ms() + int(lease_seconds * 1000)
    while True:
        try:
            async with database.write() as connection:
                await connection.execute(
                    insert(answers).values(
                        tenant_id=request.tenant_id,
                        user_id=request.user_id,
                        key_digest=request.key_digest,
                        body_digest=request.body_digest,
                        seed=seed,
                        token=token,
                        expires_at=until,
                    )
                )
                return Turn(request, token, seed)
        except IntegrityError:
            pass
        async with database.write() as connection:
            found = await _lock(connection, request)
            if found is None:  # its owner has just given it up
                continue
            if found.status is None and found.body_digest == request.body_digest and found.expired:
                await connection.execute(
                    update(answers).where(_row(request)).values(token=token, expires_at=until)
                )
                return Turn(request, token, found.seed)
            if found.status is None or not found.expired:
                return found
            await connection.execute(delete(answers).where(_row(request)))


async def keep(
    database: Database, turn: Turn, *, status: int, headers: str, body: str, keep_seconds: float
) -> bool:
    """The answer, for repetitions; False when somebody else works on the request by now."""
    async with database.write() as connection:
        kept = await connection.execute(
            update(answers)
            .where(_row(turn.request), answers.c.token == turn.token)
            .values(status=status, headers=headers, body=body, expires_at=now_ms() + int(keep_seconds * 1000))
        )
    return bool(kept.rowcount)


async def leave(database: Database, turn: Turn) -> None:
    """Nobody knows how far the request came: its repetition goes on with its seed, at once."""
    async with database.write() as connection:
        await connection.execute(
            update(answers)
            .where(_row(turn.request), answers.c.token == turn.token, answers.c.status.is_(None))
            .values(expires_at=now_ms() - 1)
        )


async def give_up(database: Database, turn: Turn) -> None:
    """The request was refused: its repetition is a new one."""
    async with database.write() as connection:
        await connection.execute(
            delete(answers).where(
                _row(turn.request), answers.c.token == turn.token, answers.c.status.is_(None)
            )
        )


async def purge(connection: AsyncConnection, *, limit: int = 1000) -> int:
    """Remove what nobody is answered any more, of all tenants; answers how many.

    Requests whose work was lost stay a day longer: a late repetition must not make things twice.
    """
    old = answers.c.expires_at < now_ms() - 24 * 3600 * 1000
    query = (
        select(answers.c.tenant_id, answers.c.user_id, answers.c.key_digest)
        .where(answers.c.expires_at < now_ms(), or_(answers.c.status.is_not(None), old))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await connection.execute(query)).all()
    for row in rows:
        await connection.execute(
            delete(answers).where(
                answers.c.tenant_id == row.tenant_id,
                answers.c.user_id == row.user_id,
                answers.c.key_digest == row.key_digest,
            )
        )
    return len(rows)


async def _lock(connection: AsyncConnection, request: Request) -> Record | None:
    query = select(answers, (answers.c.expires_at < now_ms()).label("expired"))
    return (await connection.execute(query.where(_row(request)).with_for_update())).one_or_none()


def _row(request: Request) -> ColumnElement[bool]:
    return and_(
        answers.c.tenant_id == request.tenant_id,
        answers.c.user_id == request.user_id,
        answers.c.key_digest == request.key_digest,
    )
