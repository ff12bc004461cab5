"""Passwords: hashed with argon2id, verified also as older systems kept them (bcrypt), and then upgraded.

Cost: 19 MiB, two passes, one lane, the least that OWASP's Password Storage Cheat Sheet recommends (20 ms).
As many run at once as there are processors, which bounds the memory that strangers can make us take; the
others wait for their turn.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

MIN_LENGTH = 8
MAX_LENGTH = 256
"""Characters; so that nobody has us hash megabytes."""
BCRYPT_BYTES = 72
"""What bcrypt looks at; older systems cut the rest off silently."""


class _OlderBcrypt(BcryptHasher):
    """Verifies what others have hashed: bcrypt's library refuses long passwords, which they cut."""

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        given = password.encode() if isinstance(password, str) else password
        try:
            return super().verify(given[:BCRYPT_BYTES], hash)
        except ValueError:  # a zero character, or a salt that is none
            return False


class Passwords:
    """Hashes and verifies, in threads. One a process."""

    def __init__(self, *, at_once: int | None = None) -> None:
        self._known = PasswordHash(
            (Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1), _OlderBcrypt())
        )
        self._turns = CapacityLimiter(at_once or os.cpu_count() or 1)
        self._nobodys = self._known.hash(os.urandom(16))

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(self._known.hash, password, limiter=self._turns)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a processor. What must be decided right before a `verify` is decided within the block, so
        that many tries at once learn of each other; only that one `verify` goes with `in_turn`."""
        async with self._turns:
            yield

    async def verify(
        self, password: str, hashed: str | None, *, in_turn: bool = False
    ) -> tuple[bool, str | None]:
        """Whether it is right, and a better hash to keep when the old one is of an older kind.

        Without a hash (nobody has that address, or no password) the same work is done, for nothing, so that
        the time of an answer does not tell who has an account.
        """
        limiter = None if in_turn else self._turns
        return await to_thread.run_sync(self._verify, password, hashed, limiter=limiter)

    def _verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        if hashed is None:
            self._known.verify(password, self._nobodys)
            return False, None
        try:
            return self._known.verify_and_update(password, hashed)
        except UnknownHashError:
            return False, None
