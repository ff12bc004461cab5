"""What operators do to accounts, from the machine that has the database. `ecg admin` is its front."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from ecg.accounts import key_repository as keys
from ecg.accounts import repository
from ecg.accounts import session_repository as sessions
from ecg.accounts.addresses import normalised
from ecg.accounts.api_keys import ApiKeys
from ecg.accounts.passwords import Passwords
from ecg.accounts.principal import Principal, Role
from ecg.accounts.refusals import AddressTaken
from ecg.accounts.repetition import Repetition
from ecg.accounts.repository import NewUser
from ecg.accounts.schemas import NewApiKey
from ecg.accounts.service import new_id, register
from ecg.database import Database, Record, migrate
from ecg.errors import ConnectionFailed, InputError, NotFound
from ecg.settings import Settings


@dataclass(frozen=True, slots=True)
class Registered:
    """A user, and the password that was made up where none was given."""

    user: Record
    made_up_password: str | None


class Administration:
    """`who` is always a user's id or e-mail address; all methods raise NotFound for one that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passwords = Passwords()
        self._keys = ApiKeys(database, Repetition(secrets.token_hex(32)))

    async def create_user(
        self,
        *,
        email: str,
        username: str,
        password: str | None = None,
        role: Role = "user",
        tenant_id: str | None = None,
    ) -> Registered:
        """A user with a proved address, in a tenant that is there or one of the user's own.

        Raises AddressTaken, NotFound for the tenant, and InputError for what is no address.
        """
        made_up = None if password is not None else secrets.token_urlsafe(12)
        new = NewUser(
            user_id=new_id(),
            tenant_id=tenant_id or new_id(),
            username=username,
            email=_address(email),
            password_hash=await self._passwords.hash(password or made_up or ""),
            locale="en",
            role=role,
            email_verified=True,
        )
        async with self._database.write() as connection:
            if tenant_id is not None and not await repository.tenant_exists(connection, tenant_id):
                raise NotFound(f"there is no tenant {tenant_id}", hint="ecg admin list-users shows them")
            try:
                user = await register(connection, new, with_tenant=tenant_id is None)
            except AddressTaken as error:
                error.where, error.hint = new.email, "ecg admin reset-password, or set-role"
                raise
        return Registered(user, made_up)

    async def set_role(self, who: str, role: Role) -> Record:
        """From the next access token on; administrators' routes see it at once."""
        user = await self.find(who)
        async with self._database.write() as connection:
            await repository.set_role(connection, user.user_id, role)
        return await self.find(user.user_id)

    async def reset_password(self, who: str, password: str | None = None) -> Registered:
        """Another password, a made-up one where none is given; all sign-ins end."""
        user = await self.find(who)
        made_up = None if password is not None else secrets.token_urlsafe(12)
        hashed = await self._passwords.hash(password or made_up or "")
        async with self._database.write() as connection:
            await repository.set_password(connection, user.user_id, hashed)
            await sessions.end_all(connection, user.user_id, by="operator")
        return Registered(user, made_up)

    async def disable(self, who: str) -> Record:
        """Nobody signs in to the account any more; sign-ins end, keys stop, what it owns stays."""
        user = await self.find(who)
        async with self._database.write() as connection:
            await repository.set_disabled(connection, user.user_id, disabled=True)
            await sessions.end_all(connection, user.user_id, by="operator")
            await keys.revoke(connection, user.user_id)
        return user

    async def enable(self, who: str) -> Record:
        user = await self.find(who)
        async with self._database.write() as connection:
            await repository.set_disabled(connection, user.user_id, disabled=False)
        return user

    async def create_api_key(self, who: str, asked: NewApiKey) -> tuple[Record, str]:
        """The key's row, and the key, which is shown this once. Raises what `ApiKeys.create` raises."""
        user = await self.find(who)
        return await self._keys.create(Principal(user.user_id, user.tenant_id, role=user.role), asked)

    async def list_users(self, *, tenant_id: str | None = None) -> Sequence[Record]:
        """All users by address."""
        found: list[Record] = []
        async with self._database.read() as connection:
            while True:
                after = found[-1].email if found else ""
                page = await repository.list_users(connection, tenant_id=tenant_id, after=after, limit=500)
                found.extend(page)
                if len(page) < 500:
                    return found

    async def find(self, who: str) -> Record:
        async with self._database.read() as connection:
            user = await repository.search(connection, who.strip().lower())
        if user is None:
            raise NotFound(f"there is no user {who}", hint="ecg admin list-users")
        return user


@asynccontextmanager
async def administration(settings: Settings) -> AsyncIterator[Administration]:
    """The installation's accounts, its database brought up to date first. Raises ConnectionFailed."""
    database = Database(settings.database, pool_size=2)
    try:
        try:
            await migrate(database)
        except (SQLAlchemyError, OSError) as error:
            raise ConnectionFailed(
                "the database cannot be used", where="DATABASE_URL", hint="ecg doctor"
            ) from error
        yield Administration(database)
    finally:
        await database.close()


def _address(email: str) -> str:
    try:
        return normalised(email)
    except ValueError as error:
        raise InputError(str(error), where=email) from None
