"""Passwords: how they are kept, those of older systems, and the work that is done for nobody."""

from __future__ import annotations

import time

import bcrypt
import pytest
from sqlalchemy import text

from ecg.accounts.passwords import Passwords
from tests.accounts.serving import PASSWORD, Running

pytestmark = pytest.mark.anyio


async def test_a_password_is_kept_as_an_argon2id_hash() -> None:
    passwords = Passwords()
    first, second = await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert await passwords.verify(PASSWORD, first) == (True, None)
    assert await passwords.verify(PASSWORD + " ", first) == (False, None)


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
@pytest.mark.parametrize("password", [PASSWORD, "비밀번호 여덟 글자", "x" * 100, "é" * 36 + "tail"])
async def test_hashes_of_older_systems_work_and_are_upgraded(password: str, prefix: bytes) -> None:
    old = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, prefix)).decode()
    passwords = Passwords()
    right, better = await passwords.verify(password, old)
    assert right
    assert better is not None
    assert better.startswith("$argon2id$")
    assert await passwords.verify(password, better) == (True, None)
    assert await passwords.verify("wrong" + password, old) == (False, None)


async def test_weaker_argon2_hashes_are_upgraded_too() -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    right, better = await Passwords().verify(PASSWORD, weak)
    assert right
    assert better is not None


@pytest.mark.parametrize("kept", ["", "plain", "$2b$12$short", "$argon2id$broken", "md5:abc", "\0", "$2b$"])
async def test_what_is_no_hash_opens_nothing(kept: str) -> None:
    assert await Passwords().verify(PASSWORD, kept) == (False, None)
    assert await Passwords().verify(kept or "x", kept) == (False, None)


async def test_the_same_work_is_done_for_nobody() -> None:
    """Enough to see whether any is done at all; both take about 20 ms here."""
    passwords = Passwords()
    kept = await passwords.hash(PASSWORD)

    async def least(hashed: str | None) -> float:
        times = []
        for _ in range(7):
            began = time.perf_counter()
            await passwords.verify("wrong", hashed)
            times.append(time.perf_counter() - began)
        return min(times)

    somebody, nobody = await least(kept), await least(None)
    assert nobody > somebody / 3


async def test_signing_in_upgrades_the_row(server: Running) -> None:
    person = await server.sign_up()
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    kept = text("SELECT password_hash FROM users WHERE email = :email")
    async with server.database.write() as connection:
        await connection.execute(
            text("UPDATE users SET password_hash = :old WHERE email = :email"),
            {"old": old, "email": person.email},
        )
    assert (await server.log_in(person.email, "wrong")).status_code == 401
    async with server.database.read() as connection:
        assert (await connection.execute(kept, {"email": person.email})).scalar_one() == old
    assert (await server.log_in(person.email)).status_code == 200
    async with server.database.read() as connection:
        upgraded = (await connection.execute(kept, {"email": person.email})).scalar_one()
    assert upgraded.startswith("$argon2id$")
    assert (await server.log_in(person.email)).status_code == 200
