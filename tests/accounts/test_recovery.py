"""What the links of messages do, once, and what strangers learn from asking for them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from tests.accounts.serving import PASSWORD, Letter, Running, SignedUp, shared

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def server(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Running]:
    """One on each database."""
    async with shared(tmp_path_factory.mktemp("accounts"), DATABASE_URL=database_url) as made:
        yield made


async def letter(server: Running, person: SignedUp, template: str) -> Letter:
    if template == "verify-email":
        return server.mailbox.to(person.email, template)[-1]
    before = len(server.mailbox.to(person.email, template))
    assert (await server.post("/password-reset", {"email": person.email})).status_code == 202
    return await server.mailbox.next(person.email, template, after=before)


async def verified(server: Running, person: SignedUp) -> bool:
    return bool((await server.get("/api/auth/me", person.access)).json()["email_verified"])


async def test_a_link_proves_the_address_once(server: Running) -> None:
    person = await server.sign_up(locale="ko")
    sent = await letter(server, person, "verify-email")
    assert sent.locale == "ko"
    assert sent.tenant_id == person.user["tenant_id"]
    assert sent.values["link"].startswith("https://editor.example/app/verify-email#token=")
    assert not await verified(server, person)
    assert (await server.post("/verify-email", {"token": sent.token})).status_code == 200
    assert await verified(server, person)
    again = await server.post("/verify-email", {"token": sent.token})
    assert (again.status_code, again.json()["code"]) == (400, "LINK_EXPIRED")


async def test_the_language_is_that_of_the_browser(server: Running) -> None:
    for accepted, expected in (
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("de, en;q=0.5, ko;q=0.1", "en"),
        ("x;q=?", "en"),
    ):
        email = f"{expected}{len(server.mailbox.letters)}@example.com"
        body = {"username": "Somebody", "email": email, "password": PASSWORD}
        await server.post("/signup", body, accept_language=accepted)
        assert server.mailbox.to(email, "verify-email")[0].locale == expected


async def test_only_the_newest_link_works(server: Running) -> None:
    person = await server.sign_up()
    old = await letter(server, person, "verify-email")
    asked = await server.post("/verify-email/resend", authorization=f"Bearer {person.access}")
    assert asked.status_code == 202
    new = await letter(server, person, "verify-email")
    assert new.dedupe_key != old.dedupe_key
    assert (await server.post("/verify-email", {"token": old.token})).status_code == 400
    assert (await server.post("/verify-email", {"token": new.token})).status_code == 200


async def test_a_link_grows_old(server: Running) -> None:
    person = await server.sign_up()
    sent = await letter(server, person, "verify-email")
    async with server.database.write() as connection:
        await connection.execute(text("UPDATE one_time_tokens SET expires_at = expires_at - 90000000"))
    assert (await server.post("/verify-email", {"token": sent.token})).status_code == 400


async def test_a_link_of_one_kind_is_not_of_another(server: Running) -> None:
    person = await server.sign_up()
    verify = await letter(server, person, "verify-email")
    reset = await letter(server, person, "reset-password")
    for path, body in (
        ("/password-reset/confirm", {"token": verify.token, "new_password": "another password"}),
        ("/verify-email", {"token": reset.token}),
    ):
        assert (await server.post(path, body)).json()["code"] == "LINK_EXPIRED"


async def test_a_new_password_ends_all_sign_ins_and_proves_the_address(server: Running) -> None:
    person = await server.sign_up()
    sent = await letter(server, person, "reset-password")
    assert sent.values["link"].startswith("https://editor.example/app/reset-password#token=")
    body = {"token": sent.token, "new_password": "another password"}
    assert (await server.post("/password-reset/confirm", body)).status_code == 200
    assert (await server.refresh(person.refresh)).status_code == 401
    assert (await server.log_in(person.email)).status_code == 401
    assert (await server.log_in(person.email, "another password")).json()["user"]["email_verified"] is True
    assert (await server.post("/password-reset/confirm", body)).status_code == 400
    assert len(server.mailbox.to(person.email, "password-changed")) == 1


async def test_who_signed_up_under_somebody_elses_address_loses_it_wholly(server: Running) -> None:
    stranger = await server.sign_up("owner@example.com")
    made = await server.http.post("/api/auth/api-keys", json={"name": "back door"}, headers=stranger.headers)
    key = made.json()["key"]
    assert (await server.get("/things", key)).status_code == 200
    sent = await letter(server, stranger, "reset-password")
    assert sent.values["name"] == "owner@example.com"  # not the words that the stranger chose
    await server.post("/password-reset/confirm", {"token": sent.token, "new_password": "another password"})
    listed = await server.get(
        "/api/auth/api-keys",
        (await server.log_in("owner@example.com", "another password")).json()["access_token"],
    )
    assert listed.json() == {"api_keys": []}


async def test_asking_tells_nobody_who_has_an_account(server: Running) -> None:
    person = await server.sign_up()
    known = await server.post("/password-reset", {"email": person.email})
    unknown = await server.post("/password-reset", {"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 202
    assert known.json() == unknown.json()
    assert not server.mailbox.to("nobody@example.com", "reset-password")


async def test_nobody_is_flooded_with_messages(server: Running) -> None:
    person = await server.sign_up()
    for _ in range(10):
        assert (await server.post("/password-reset", {"email": person.email})).status_code == 202
    await server.mailbox.next(person.email, "reset-password", after=3)
    assert len(server.mailbox.to(person.email, "reset-password")) == 4  # with that of signing up, five


async def test_tokens_are_not_kept_as_they_are(server: Running) -> None:
    person = await server.sign_up()
    sent = await letter(server, person, "verify-email")
    async with server.database.read() as connection:
        for table in ("one_time_tokens", "sessions", "users", "api_keys"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608
            for secret in (sent.token, person.refresh, PASSWORD):
                assert secret not in repr(rows)
