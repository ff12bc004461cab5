"""SQL of users, their tenants and their identities.

The caller opens the transactions. Whoever asks for a user by address or identity has been proved to be
that one, or is about to be; everything else asks by the user's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.accounts.models import Identity, Tenant, User
from ecg.accounts.principal import Role
from ecg.database import Record, now_ms, table_of

tenants = table_of(Tenant)
users = table_of(User)
identities = table_of(Identity)


@dataclass(frozen=True, slots=True)
class NewUser:
    """What is registered."""

    user_id: str
    tenant_id: str
    username: str
    email: str
    password_hash: str | None
    locale: str
    role: Role = "user"
    email_verified: bool = False


async def add_tenant(connection: AsyncConnection, tenant_id: str, name: str) -> None:
    await connection.execute(insert(tenants).values(tenant_id=tenant_id, name=name, created_at=now_ms()))


async def tenant_exists(connection: AsyncConnection, tenant_id: str) -> bool:
    query = select(tenants.c.tenant_id).where(tenants.c.tenant_id == tenant_id)
    return (await connection.execute(query)).one_or_none() is not None


async def add_user(connection: AsyncConnection, user: NewUser) -> None:
    """Raises IntegrityError when the address is taken."""
    await connection.execute(
        insert(users).values(
            user_id=user.user_id,
            tenant_id=user.tenant_id,
            username=user.username,
            email=user.email,
            email_verified_at=now_ms() if user.email_verified else None,
            password_hash=user.password_hash,
            role=user.role,
            locale=user.locale,
            created_at=now_ms(),
        )
    )


async def find_user(connection: AsyncConnection, user_id: str) -> Record | None:
    return (await connection.execute(select(users).where(users.c.user_id == user_id))).one_or_none()


async def lock_user(connection: AsyncConnection, user_id: str) -> Record | None:
    """The row as it is now, and nobody changes it until the transaction ends."""
    query = select(users).where(users.c.user_id == user_id).with_for_update()
    return (await connection.execute(query)).one_or_none()


async def find_by_email(connection: AsyncConnection, email: str) -> Record | None:
    """By the normalised address."""
    return (await connection.execute(select(users).where(users.c.email == email))).one_or_none()


async def find_by_identity(connection: AsyncConnection, issuer: str, subject: str) -> Record | None:
    query = (
        select(users)
        .join(identities, identities.c.user_id == users.c.user_id)
        .where(identities.c.issuer == issuer, identities.c.subject == subject)
    )
    return (await connection.execute(query)).one_or_none()


async def add_identity(connection: AsyncConnection, user_id: str, issuer: str, subject: str) -> None:
    """Raises IntegrityError when somebody else is that one."""
    await connection.execute(
        insert(identities).values(issuer=issuer, subject=subject, user_id=user_id, created_at=now_ms())
    )


async def set_password(
    connection: AsyncConnection, user_id: str, new: str, *, instead_of: str | None = None
) -> bool:
    """`instead_of`: only while that hash is there; False when somebody else was first."""
    change = update(users).where(users.c.user_id == user_id)
    if instead_of is not None:
        change = change.where(users.c.password_hash == instead_of)
    return bool((await connection.execute(change.values(password_hash=new))).rowcount)


async def set_verified(connection: AsyncConnection, user_id: str, email: str) -> bool:
    """That `email` is the user's; False when the user has another address now, or had proved it before."""
    changed = await connection.execute(
        update(users)
        .where(users.c.user_id == user_id, users.c.email == email, users.c.email_verified_at.is_(None))
        .values(email_verified_at=now_ms())
    )
    return bool(changed.rowcount)


async def set_role(connection: AsyncConnection, user_id: str, role: Role) -> None:
    await connection.execute(update(users).where(users.c.user_id == user_id).values(role=role))


async def set_disabled(connection: AsyncConnection, user_id: str, *, disabled: bool) -> None:
    value = now_ms() if disabled else None
    await connection.execute(update(users).where(users.c.user_id == user_id).values(disabled_at=value))


async def list_users(
    connection: AsyncConnection, *, tenant_id: str | None, after: str = "", limit: int = 100
) -> Sequence[Record]:
    """For operators: users by address; `tenant_id` None: of all tenants."""
    query = select(users).where(users.c.email > after)
    if tenant_id is not None:
        query = query.where(users.c.tenant_id == tenant_id)
    return (await connection.execute(query.order_by(users.c.email).limit(limit))).all()


async def search(connection: AsyncConnection, who: str) -> Record | None:
    """For operators: a user by id or normalised address."""
    query = select(users).where(or_(users.c.user_id == who, users.c.email == who))
    return (await connection.execute(query)).one_or_none()
