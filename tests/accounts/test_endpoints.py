"""Signing up, in, on and out, as clients see it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from structlog.typing import EventDict

from tests.accounts.serving import PASSWORD, Running, cookie_of

pytestmark = pytest.mark.anyio


async def test_signing_up_answers_as_the_contract_says(server: Running) -> None:
    person = await server.sign_up("Jiwoo.Kim@Example.com", username="지우 Kim")
    body = person.answer.json()
    assert {"access_token", "token_type", "user"} <= body.keys()
    assert body["token_type"] == "bearer"
    assert body["user"]["username"] == "지우 Kim"
    assert body["user"]["email"] == "jiwoo.kim@example.com"
    assert body["user"]["email_verified"] is False
    assert body["user"]["role"] == "user"
    assert "password" not in person.answer.text
    cookie = person.answer.headers["set-cookie"]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite=lax", "path=/api/auth"} <= attributes
    me = await server.get("/api/auth/me", person.access)
    assert me.json() == body["user"]


async def test_each_sign_up_has_a_tenant_of_its_own(server: Running) -> None:
    first, second = await server.sign_up(), await server.sign_up()
    assert first.user["tenant_id"] != second.user["tenant_id"]
    seen = (await server.get("/things", first.access)).json()
    assert seen == {
        "user": first.user["id"],
        "tenant": first.user["tenant_id"],
        "role": "user",
        "key": None,
    }


async def test_an_address_has_one_account_however_it_is_written(server: Running) -> None:
    await server.sign_up("once@example.com")
    again = await server.post(
        "/signup", {"username": "Other", "email": " ONCE@example.COM", "password": PASSWORD}
    )
    assert (again.status_code, again.json()["code"]) == (409, "EMAIL_TAKEN")
    assert again.json()["where"] == "/email"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "ab"),
        ("username", "  ab  "),
        ("username", "a" * 51),
        ("username", "line\nbreak"),
        ("username", "turned\u202earound"),
        ("email", "nobody"),
        ("email", "a@b"),
        ("email", "a@example.com\r\nBcc: b@example.com"),
        ("email", f"{'a' * 250}@example.com"),
        ("password", "1234567"),
        ("password", "a" * 257),
        ("password", "with\0zero-inside"),
        ("password", None),
    ],
)
async def test_what_cannot_be_an_account_is_refused(server: Running, field: str, value: object) -> None:
    body = {"username": "Somebody", "email": "bad@example.com", "password": PASSWORD, field: value}
    answer = await server.post("/signup", body)
    assert answer.status_code == 422
    assert answer.json()["where"] == f"/{field}"
    assert PASSWORD not in answer.text
    assert (await server.log_in("bad@example.com")).status_code == 401


async def test_signing_in(server: Running) -> None:
    person = await server.sign_up()
    answer = await server.log_in(person.email.upper())
    assert answer.status_code == 200
    assert answer.json()["user"] == person.user
    assert cookie_of(answer) != person.refresh


async def test_a_wrong_password_and_an_unknown_address_look_alike(server: Running) -> None:
    person = await server.sign_up()
    wrong = await server.log_in(person.email, "not the password")
    unknown = await server.log_in("nobody@example.com", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    one, other = wrong.json(), unknown.json()
    assert one["code"] == "INVALID_CREDENTIALS"
    assert {**one, "request_id": ""} == {**other, "request_id": ""}
    assert "set-cookie" not in wrong.headers


async def test_going_on_answers_another_token_and_cookie(server: Running) -> None:
    person = await server.sign_up()
    answer = await server.refresh(person.refresh)
    assert answer.status_code == 200
    assert answer.json()["user"] == person.user
    assert cookie_of(answer) != person.refresh
    assert answer.json()["access_token"] != person.access
    assert (await server.get("/api/auth/me", answer.json()["access_token"])).status_code == 200
    assert (await server.refresh(cookie_of(answer))).status_code == 200


async def test_a_refresh_token_that_comes_twice_ends_the_sign_in(server: Running) -> None:
    person = await server.sign_up()
    elsewhere = cookie_of(await server.log_in(person.email))
    following = cookie_of(await server.refresh(person.refresh))
    again = await server.refresh(person.refresh)
    assert (again.status_code, again.json()["code"]) == (401, "REFRESH_TOKEN_REUSED")
    robbed = await server.refresh(following)
    assert (robbed.status_code, robbed.json()["code"]) == (401, "SESSION_ENDED")
    assert (await server.refresh(elsewhere)).status_code == 200  # another sign-in, another family


@pytest.mark.parametrize("token", ["", "x", "a.b.c", f"{'0' * 32}.{'a' * 43}.{'0' * 64}", "x" * 201])
async def test_a_made_up_refresh_token_is_refused(server: Running, token: str) -> None:
    assert (await server.refresh(token)).status_code in (401, 422)


async def test_without_a_cookie_there_is_nothing_to_go_on_with(server: Running) -> None:
    answer = await server.post("/refresh")
    assert (answer.status_code, answer.json()["code"]) == (401, "SESSION_ENDED")


async def test_signing_out_ends_the_sign_in(server: Running) -> None:
    person = await server.sign_up()
    answer = await server.post("/logout", cookie=f"refresh_token={person.refresh}")
    assert answer.status_code == 200
    assert 'refresh_token=""' in answer.headers["set-cookie"]
    assert (await server.refresh(person.refresh)).json()["code"] == "SESSION_ENDED"
    assert (await server.post("/logout")).status_code == 200  # twice is no error


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://{host}"}, 200),
        ({"origin": "https://{host}"}, 200),
        ({"origin": "http://{host}.evil.example"}, 403),
        ({"origin": "https://editor.example"}, 200),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/refresh", "/logout"])
async def test_pages_of_others_cannot_use_the_cookie(
    server: Running, path: str, headers: dict[str, str], status: int
) -> None:
    host = server.http.base_url.netloc.decode()
    person = await server.sign_up()
    sent = {name: value.format(host=host) for name, value in headers.items()}
    answer = await server.post(path, cookie=f"refresh_token={person.refresh}", **sent)
    assert answer.status_code == status
    if status == 403:
        assert (await server.refresh(person.refresh)).status_code == 200  # nothing happened


async def test_another_password_ends_all_other_sign_ins(server: Running) -> None:
    person = await server.sign_up()
    here = await server.log_in(person.email)
    asked = {"current_password": PASSWORD, "new_password": "another password"}
    token = here.json()["access_token"]
    wrong = await server.post(
        "/password", {**asked, "current_password": "no"}, authorization=f"Bearer {token}"
    )
    assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_CREDENTIALS")
    done = await server.post("/password", asked, authorization=f"Bearer {token}")
    assert done.status_code == 200
    assert (await server.refresh(person.refresh)).status_code == 401
    assert (await server.refresh(cookie_of(here))).status_code == 200
    assert (await server.log_in(person.email)).status_code == 401
    assert (await server.log_in(person.email, "another password")).status_code == 200
    assert len(server.mailbox.to(person.email, "password-changed")) == 1


@pytest.mark.parametrize("header", ["", "Bearer", "Basic abc", "Bearer a.b.c", "Bearer ecg_x", "x"])
async def test_nobody_gets_in_without_a_token(server: Running, header: str) -> None:
    for path in ("/api/auth/me", "/things", "/admin", "/api/auth/api-keys"):
        answer = await server.http.get(path, headers={"authorization": header} if header else {})
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED"), path
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_refresh_token_is_no_access_token(server: Running) -> None:
    person = await server.sign_up()
    assert (await server.get("/things", person.refresh)).status_code == 401
    assert (await server.refresh(person.access)).status_code in (401, 422)


async def test_users_are_no_administrators(server: Running) -> None:
    person = await server.sign_up()
    answer = await server.get("/admin", person.access)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_signing_up_may_be_repeated(server: Running) -> None:
    body = {"username": "Somebody", "email": "again@example.com", "password": PASSWORD}
    first = await server.post("/signup", body, idempotency_key="one")
    again = await server.post("/signup", body, idempotency_key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["user"] == again.json()["user"]
    letters = server.mailbox.to("again@example.com", "verify-email")
    assert len({letter.dedupe_key for letter in letters}) == 1  # to the post they are one
    assert (await server.refresh(cookie_of(again))).status_code == 200
    for changed, key, status in (
        ({}, "another", 409),
        ({"username": "Other"}, "one", 409),
        ({"password": "not the password"}, "one", 401),
    ):
        answer = await server.post("/signup", {**body, **changed}, idempotency_key=key)
        assert answer.status_code == status
    assert (await server.post("/signup", body)).status_code == 409


async def test_a_repeated_sign_up_sends_what_a_killed_server_did_not(server: Running) -> None:
    body = {"username": "Somebody", "email": "killed@example.com", "password": PASSWORD}
    await server.post("/signup", body, idempotency_key="killed")
    async with server.database.write() as connection:  # as if it had died before that
        await connection.execute(text("DELETE FROM one_time_tokens WHERE email = 'killed@example.com'"))
    server.mailbox.letters.clear()
    await asyncio.gather(*(server.post("/signup", body, idempotency_key="killed") for _ in range(4)))
    sent = server.mailbox.to("killed@example.com", "verify-email")
    assert len({letter.token for letter in sent}) == 1
    assert (await server.post("/verify-email", {"token": sent[0].token})).status_code == 200
    assert (await server.post("/verify-email", {"token": sent[0].token})).status_code == 400


async def test_neither_passwords_nor_tokens_are_logged(server: Running, logs: list[EventDict]) -> None:
    person = await server.sign_up()
    await server.log_in(person.email, "a wrong password")
    await server.refresh(person.refresh)
    await server.refresh(person.refresh)
    text = repr(logs)
    assert len(logs) >= 3
    for secret in (PASSWORD, "a wrong password", person.access, person.refresh):
        assert secret not in text
