"""Signing up, signing in, going on, signing out; and one's own account."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.accounts import repository
from ecg.accounts import session_repository as sessions
from ecg.accounts.access_tokens import AccessToken, AccessTokens
from ecg.accounts.passwords import Passwords
from ecg.accounts.principal import Principal
from ecg.accounts.recovery import Recovery
from ecg.accounts.refresh_tokens import RefreshTokens
from ecg.accounts.refusals import AddressTaken, SessionEnded, WrongCredentials
from ecg.accounts.repetition import Repetition
from ecg.accounts.repository import NewUser
from ecg.accounts.schemas import Login, PasswordChange, Signup
from ecg.accounts.throttle import Throttle
from ecg.database import Database, Record
from ecg.errors import InputError, Unauthorized


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who has just signed in, or goes on."""

    user: Record
    access: AccessToken
    refresh: str


def new_id() -> str:
    """An id that tells nothing and cannot be guessed."""
    return secrets.token_hex(16)


async def register(connection: AsyncConnection, user: NewUser, *, with_tenant: bool) -> Record:
    """A new user, with a tenant of the user's own or in one that is there; raises AddressTaken.

    In the caller's transaction, which must end when this raises.
    """
    if with_tenant:
        await repository.add_tenant(connection, user.tenant_id, user.username)
    try:
        await repository.add_user(connection, user)
    except IntegrityError:
        raise AddressTaken(
            "there is an account with this address", where="/email", hint="sign in, or reset the password"
        ) from None
    found = await repository.find_user(connection, user.user_id)
    assert found is not None  # noqa: S101  # of this transaction
    return found


class Accounts:
    def __init__(
        self,
        *,
        database: Database,
        passwords: Passwords,
        access: AccessTokens,
        refresh: RefreshTokens,
        throttle: Throttle,
        recovery: Recovery,
        repetition: Repetition,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._access = access
        self._refresh = refresh
        self._throttle = throttle
        self._recovery = recovery
        self._repetition = repetition

    async def sign_up(
        self, asked: Signup, *, network: str, locale: str, idempotency_key: str | None = None
    ) -> Entered:
        """A new person with a tenant of their own, signed in at once. Raises AddressTaken, or a 429.

        A repetition with the same key signs in to the account that the first one made.
        """
        await self._throttle.signup(network)
        new = NewUser(
            user_id=self._repetition.user_id(asked.email, idempotency_key),
            tenant_id=new_id(),
            username=asked.username,
            email=asked.email,
            password_hash=await self._passwords.hash(asked.password),
            locale=asked.locale or locale,
        )
        try:
            async with self._database.write() as connection:
                entered = await self.enter(connection, await register(connection, new, with_tenant=True))
        except AddressTaken:
            if idempotency_key is None or not await self._is_repetition(new):
                raise
            entered = await self.log_in(Login(email=asked.email, password=asked.password), network=network)
        # also for a repetition: whoever made the account may have died before it came so far
        token = self._repetition.first_link(entered.user.user_id, idempotency_key)
        await self._recovery.ask_to_verify(entered.user, token=token)
        return entered

    async def _is_repetition(self, new: NewUser) -> bool:
        async with self._database.read() as connection:
            user = await repository.find_by_email(connection, new.email)
        return user is not None and (user.user_id, user.username) == (new.user_id, new.username)

    async def log_in(self, asked: Login, *, network: str) -> Entered:
        """Raises WrongCredentials, or a 429 after too many failures."""
        await self._throttle.check_login(network, asked.email)
        async with self._database.read() as connection:
            user = await repository.find_by_email(connection, asked.email)
        usable = user is not None and user.disabled_at is None
        kept = user.password_hash if user is not None and usable else None
        right, better = await self._check(asked.password, kept, network=network, email=asked.email)
        if user is None or not right:
            raise WrongCredentials("the address or the password is wrong")
        async with self._database.write() as connection:
            now = await repository.lock_user(connection, user.user_id)
            if now is None or now.password_hash != kept or now.disabled_at is not None:
                raise WrongCredentials("the address or the password is wrong")  # changed a moment ago
            if better is not None:
                await repository.set_password(connection, user.user_id, better)
            return await self.enter(connection, now)

    async def enter(self, connection: AsyncConnection, user: Record) -> Entered:
        """Begin a sign-in of somebody who was proved to be that user, in the caller's transaction."""
        session_id, token = await self._refresh.begin(connection, user.user_id)
        return Entered(user, self._issue(user, session_id), token)

    async def refresh(self, token: str) -> Entered:
        """Go on; raises SessionEnded or SessionStolen."""
        user_id, session_id, following = await self._refresh.rotate(token)
        async with self._database.read() as connection:
            user = await repository.find_user(connection, user_id)
        if user is None or user.disabled_at is not None:
            raise SessionEnded("this account was closed")
        return Entered(user, self._issue(user, session_id), following)

    async def log_out(self, token: str | None) -> None:
        """End a sign-in; whoever has none is signed out already."""
        if token is not None:
            await self._refresh.end(token)

    async def me(self, who: Principal) -> Record:
        """Raises Unauthorized when the account is gone or closed."""
        async with self._database.read() as connection:
            user = await repository.find_user(connection, who.user_id)
        if user is None or user.disabled_at is not None:
            raise Unauthorized("this account was closed")
        return user

    async def change_password(self, who: Principal, asked: PasswordChange, *, network: str) -> None:
        """All other sign-ins end. Raises WrongCredentials, or a 429."""
        user = await self.me(who)
        await self._throttle.check_login(network, user.email)
        if user.password_hash is None:
            raise InputError(
                "this account has no password yet", hint="ask for a password reset to choose one"
            )
        right, _ = await self._check(
            asked.current_password, user.password_hash, network=network, email=user.email
        )
        if not right:
            raise WrongCredentials("the current password is wrong", where="/current_password")
        new = await self._passwords.hash(asked.new_password)
        async with self._database.write() as connection:
            if not await repository.set_password(
                connection, user.user_id, new, instead_of=user.password_hash
            ):
                raise WrongCredentials("the current password is wrong", where="/current_password")
            await sessions.end_all(connection, user.user_id, by="password", but=who.session_id)
        await self._recovery.tell_of_new_password(user)

    async def _check(
        self, password: str, kept: str | None, *, network: str, email: str
    ) -> tuple[bool, str | None]:
        """As `Passwords.verify`, and each failure is counted before the next try; raises a 429."""
        async with self._passwords.turn():
            await self._throttle.check_login(network, email)
            right, better = await self._passwords.verify(password, kept, in_turn=True)
            if not right:
                await self._throttle.failed_login(network, email)
        return right, better

    def _issue(self, user: Record, session_id: str) -> AccessToken:
        return self._access.issue(
            Principal(user.user_id, user.tenant_id, role=user.role, session_id=session_id)
        )
