"""Of two at once one counts, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from ecg.accounts import repository
from ecg.accounts import session_repository as sessions
from ecg.accounts.provider import ProvenIdentity, Provider
from ecg.accounts.provider_login import ProviderLogin
from ecg.accounts.refusals import AddressTaken, LinkExpired, SessionEnded, SessionStolen
from ecg.accounts.schemas import Login, NewApiKey, Signup
from ecg.accounts.service import Accounts, Entered
from ecg.settings import Settings
from tests.accounts.serving import PASSWORD, Running, running

pytestmark = pytest.mark.anyio

AT_ONCE = 8


@pytest.fixture(scope="module")
async def server(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Running]:
    async with running(
        tmp_path_factory.mktemp("races"),
        DATABASE_URL=database_url,
        SIGNUPS_PER_HOUR=100_000,
        LOGIN_FAILURES=1000,
    ) as made:
        yield made


def accounts(server: Running) -> Accounts:
    found: Accounts = server.app.state.accounts
    return found


def signup(email: str) -> Signup:
    return Signup(username="지우 😀", email=email, password=PASSWORD)


async def enter(server: Running, email: str) -> Entered:
    return await accounts(server).sign_up(signup(email), network="here", locale="en")


async def count(server: Running, table: str) -> int:
    async with server.database.read() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608


async def test_an_address_is_taken_once(server: Running) -> None:
    users, tenants = await count(server, "users"), await count(server, "tenants")
    found = await asyncio.gather(
        *(enter(server, "race@example.com") for _ in range(AT_ONCE)), return_exceptions=True
    )
    assert sum(isinstance(one, Entered) for one in found) == 1
    assert sum(isinstance(one, AddressTaken) for one in found) == AT_ONCE - 1
    assert await count(server, "users") == users + 1
    assert await count(server, "tenants") == tenants + 1  # nothing of the others is left


async def test_letters_are_told_apart_but_for_their_case(server: Running) -> None:
    one = await enter(server, "strasse@example.com")
    other = await enter(server, "straße@example.com")
    third = await enter(server, "strássé@example.com")
    assert len({entered.user.user_id for entered in (one, other, third)}) == 3
    with pytest.raises(AddressTaken):
        await enter(server, "STRASSE@EXAMPLE.COM")


async def test_a_refresh_token_is_used_once(server: Running) -> None:
    entered = await enter(server, "refresh@example.com")
    found = await asyncio.gather(
        *(accounts(server).refresh(entered.refresh) for _ in range(AT_ONCE)), return_exceptions=True
    )
    went_on = [one for one in found if isinstance(one, Entered)]
    assert len(went_on) == 1
    assert sum(isinstance(one, SessionStolen) for one in found) >= 1
    assert all(isinstance(one, Entered | SessionEnded) for one in found)
    with pytest.raises(SessionEnded):
        await accounts(server).refresh(went_on[0].refresh)


async def test_a_link_is_used_once(server: Running) -> None:
    recovery = server.app.state.recovery
    await enter(server, "link@example.com")
    token = server.mailbox.to("link@example.com", "verify-email")[-1].token
    found = await asyncio.gather(
        *(recovery.verify(token, network="here") for _ in range(AT_ONCE)), return_exceptions=True
    )
    assert found.count(None) == 1
    assert sum(isinstance(one, LinkExpired) for one in found) == AT_ONCE - 1


async def test_an_identity_is_linked_once(server: Running, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    login = ProviderLogin(
        server.database, accounts(server), Provider(settings, redirect_uri="http://a/"), "s" * 43
    )
    identity = ProvenIdentity(
        "https://issuer", "subject", "Linked@example.com", email_verified=True, name=None
    )
    found = await asyncio.gather(*(login.enter(identity, "en") for _ in range(AT_ONCE)))
    assert len({entered.user.user_id for entered in found}) == 1
    assert found[0].user.email == "linked@example.com"
    assert await count(server, "identities") == 1


async def test_a_password_that_was_just_reset_lets_nobody_in(server: Running) -> None:
    """The reset ends all sign-ins: none with the old password may begin behind its back."""
    email = "reset@example.com"
    await enter(server, email)
    recovery = server.app.state.recovery
    for turn in range(4):
        old, new = (PASSWORD, "another password")[:: 1 if turn % 2 == 0 else -1]
        await recovery.ask_to_reset(email)
        token = server.mailbox.to(email, "reset-password")[-1].token
        found = await asyncio.gather(
            recovery.reset(token, new, network="here"),
            *(accounts(server).log_in(Login(email=email, password=old), network="here") for _ in range(4)),
            return_exceptions=True,
        )
        for one in found:
            if isinstance(one, Entered):
                with pytest.raises(SessionEnded):
                    await accounts(server).refresh(one.refresh)


async def test_sign_ins_that_are_long_over_go(server: Running) -> None:
    entered = await enter(server, "old@example.com")
    other = await enter(server, "other-old@example.com")
    async with server.database.write() as connection:
        await connection.execute(text("UPDATE sessions SET expires_at = 1"))
    with pytest.raises(SessionEnded):
        await accounts(server).refresh(entered.refresh)
    await accounts(server).log_in(Login(email="old@example.com", password=PASSWORD), network="here")
    async with server.database.read() as connection:
        kept = await connection.execute(text("SELECT user_id FROM sessions"))
        users = [row.user_id for row in kept]
    assert users.count(entered.user.user_id) == 1
    assert other.user.user_id in users  # nobody cleans up for others


async def test_users_are_found_by_all_their_names(server: Running) -> None:
    entered = await enter(server, "found@example.com")
    user_id, tenant_id = entered.user.user_id, entered.user.tenant_id
    async with server.database.read() as connection:
        for who in (user_id, "found@example.com"):
            found = await repository.search(connection, who)
            assert found is not None
            assert found.user_id == user_id
        assert await repository.search(connection, "FOUND@example.com") is None
        listed = await repository.list_users(connection, tenant_id=tenant_id)
        assert [user.user_id for user in listed] == [user_id]
        assert len(await repository.list_users(connection, tenant_id=None, limit=2)) == 2
        assert await repository.tenant_exists(connection, tenant_id)
        assert not await repository.tenant_exists(connection, "nothing")


async def test_keys_on_every_database(server: Running) -> None:
    entered = await enter(server, "keys@example.com")
    keys = server.app.state.api_keys
    who = server.app.state.identities
    principal = await who.identify(entered.access.text)
    row, key = await keys.create(principal, NewApiKey(name="열쇠", scopes=["read"], expires_in_days=3660))
    found = await who.identify(key)
    assert (found.user_id, found.key_id, found.scopes) == (entered.user.user_id, row.key_id, {"read"})
    assert [kept.name for kept in await keys.list(principal)] == ["열쇠"]
    await keys.revoke(principal, row.key_id)
    assert await keys.list(principal) == []


async def test_going_on_on_every_database(server: Running) -> None:
    entered = await enter(server, "on@example.com")
    for _ in range(3):
        entered = await accounts(server).refresh(entered.refresh)
    async with server.database.write() as connection:
        await sessions.end_all(connection, entered.user.user_id, by="operator")
    with pytest.raises(SessionEnded):
        await accounts(server).refresh(entered.refresh)
