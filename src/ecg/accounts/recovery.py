"""What messages prove: that an address is somebody's, and therefore who may choose a new password.

Tokens are random, kept as hashes, work once, and only for the address that they were sent to. Nobody learns
from an answer, or from how long it takes, whether an address has an account.
"""

from __future__ import annotations

import secrets
from contextlib import suppress

import structlog
from sqlalchemy.exc import IntegrityError

from ecg.accounts import key_repository as keys
from ecg.accounts import repository
from ecg.accounts import session_repository as sessions
from ecg.accounts.letters import Letters
from ecg.accounts.passwords import Passwords
from ecg.accounts.refresh_tokens import digest
from ecg.accounts.refusals import LinkExpired
from ecg.accounts.throttle import Throttle
from ecg.database import Database, Record

log = structlog.get_logger(__name__)

VERIFY, RESET = "verify", "reset"
VERIFY_HOURS = 24
RESET_HOURS = 1


class Recovery:
    def __init__(
        self, database: Database, passwords: Passwords, throttle: Throttle, letters: Letters
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._throttle = throttle
        self._letters = letters

    async def ask_to_verify(self, user: Record, *, token: str | None = None) -> bool:
        """Send a link that proves the address; False when it is proved, or there were many of late.

        With the same `token` it is the same message, which is sent once.
        """
        if user.email_verified_at is not None or not await self._throttle.may_send(user.email):
            return False
        token = await self._keep_token(user, VERIFY, hours=VERIFY_HOURS, token=token)
        await self._letters.verify_email(user, token, hours=VERIFY_HOURS)
        return True

    async def verify(self, token: str, *, network: str) -> None:
        """Raises LinkExpired, or a 429."""
        await self._throttle.check_guesses(network)
        async with self._database.write() as connection:
            found = await sessions.take_one_time(connection, digest(token), VERIFY)
            if found is not None:
                await repository.set_verified(connection, found.user_id, found.email)
        if found is None:
            await self._throttle.guess(network)
            raise _expired()

    async def count_request(self, *, network: str) -> None:
        """One message that a stranger asks for; raises a 429 when there were many."""
        await self._throttle.check_guesses(network)
        await self._throttle.guess(network)

    async def ask_to_reset(self, email: str) -> None:
        """Send a link that lets its reader choose a password, where the address has an account."""
        async with self._database.read() as connection:
            user = await repository.find_by_email(connection, email)
        if user is None or user.disabled_at is not None or not await self._throttle.may_send(email):
            return
        token = await self._keep_token(user, RESET, hours=RESET_HOURS)
        await self._letters.reset_password(user, token, hours=RESET_HOURS)

    async def reset(self, token: str, password: str, *, network: str) -> None:
        """Set the password and end all sign-ins. Raises LinkExpired, or a 429.

        The link proves the address as well. Where nobody had done that before, a stranger may have signed
        up under it: then the keys that were made meanwhile go too.
        """
        await self._throttle.check_guesses(network)
        hashed = await self._passwords.hash(password)
        async with self._database.write() as connection:
            found = await sessions.take_one_time(connection, digest(token), RESET)
            if found is not None:
                await repository.set_password(connection, found.user_id, hashed)
                if await repository.set_verified(connection, found.user_id, found.email):
                    await keys.revoke(connection, found.user_id)
                await sessions.forget_one_time(connection, found.user_id, VERIFY)
                await sessions.end_all(connection, found.user_id, by="password")
                user = await repository.find_user(connection, found.user_id)
        if found is None:
            await self._throttle.guess(network)
            raise _expired()
        if user is not None:
            await self._letters.password_changed(user)

    async def tell_of_new_password(self, user: Record) -> None:
        await self._letters.password_changed(user)

    async def _keep_token(self, user: Record, purpose: str, *, hours: int, token: str | None = None) -> str:
        token = token or secrets.token_urlsafe(32)
        life_ms = hours * 3_600_000
        with suppress(IntegrityError):  # a repetition of this request has kept it just now
            async with self._database.write() as connection:
                await sessions.add_one_time(
                    connection, digest(token), user.user_id, purpose, user.email, life_ms=life_ms
                )
        return token


def _expired() -> LinkExpired:
    return LinkExpired("this link is wrong, was used, or is too old", hint="ask for another one")
