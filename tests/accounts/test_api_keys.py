"""Keys of programs: made, used within their scopes, revoked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from tests.accounts.serving import Running, SignedUp, shared
from tests.database.requests import statements_by_request

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def server(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Running]:
    """One on each database."""
    async with shared(tmp_path_factory.mktemp("accounts"), DATABASE_URL=database_url) as made:
        yield made


async def make(server: Running, person: SignedUp, **fields: Any) -> httpx2.Response:
    return await server.http.post(
        "/api/auth/api-keys", json={"name": "program", **fields}, headers=person.headers
    )


async def tried(server: Running, method: str, path: str, key: str) -> int:
    answer = await server.http.request(method, path, headers={"authorization": f"Bearer {key}"}, json={})
    return answer.status_code


async def test_a_key_acts_for_its_owner(server: Running) -> None:
    person = await server.sign_up()
    made = (await make(server, person)).json()
    seen = (await server.get("/things", made["key"])).json()
    assert seen == {
        "user": person.user["id"],
        "tenant": person.user["tenant_id"],
        "role": "user",
        "key": made["id"],
    }
    assert made["key"].startswith(f"ecg_{made['id']}_")


async def test_a_key_is_shown_once(server: Running) -> None:
    person = await server.sign_up()
    made = (await make(server, person, name="renderer", scopes=["read"], expires_in_days=30)).json()
    await server.get("/things", made["key"])
    listed = (await server.get("/api/auth/api-keys", person.access)).json()["api_keys"]
    assert [(key["id"], key["name"], key["scopes"]) for key in listed] == [(made["id"], "renderer", ["read"])]
    assert listed[0]["last_used_at"] is not None
    assert listed[0]["expires_at"] > listed[0]["created_at"]
    assert made["key"] not in str(listed)


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        ([], 200, 200),
        (["read"], 200, 403),
        (["write"], 403, 200),
        (["read", "write"], 200, 200),
        (["things:read"], 200, 403),
        (["things:write"], 403, 200),
        (["projects:read", "projects:write"], 403, 403),
    ],
)
async def test_a_key_does_what_its_scopes_say(
    server: Running, scopes: list[str], reads: int, writes: int
) -> None:
    key = (await make(server, await server.sign_up(), scopes=scopes)).json()["key"]
    assert await tried(server, "GET", "/things", key) == reads
    assert await tried(server, "POST", "/things", key) == writes


async def test_areas_are_the_tags_of_routers_however_they_are_nested(server: Running) -> None:
    person = await server.sign_up()
    for scope, status in (("parts:read", 200), ("parts:write", 403), ("things:read", 403)):
        key = (await make(server, person, scopes=[scope])).json()["key"]
        assert await tried(server, "GET", "/parts/7", key) == status


async def test_a_key_changes_no_account(server: Running) -> None:
    person = await server.sign_up()
    key = (await make(server, person)).json()["key"]
    assert await tried(server, "GET", "/api/auth/me", key) == 200
    for method, path in (
        ("POST", "/api/auth/api-keys"),
        ("GET", "/api/auth/api-keys"),
        ("DELETE", "/api/auth/api-keys/000000000000"),
        ("POST", "/api/auth/verify-email/resend"),
    ):
        assert await tried(server, method, path, key) == 403, path


@pytest.mark.parametrize(
    "scope", ["all", "READ", "projects", "projects:delete", "read write", "", "a:read;b"]
)
async def test_unknown_scopes_are_refused(server: Running, scope: str) -> None:
    assert (await make(server, await server.sign_up(), scopes=[scope])).status_code == 422


async def test_a_revoked_key_is_dead_at_once_here(server: Running) -> None:
    person = await server.sign_up()
    made = (await make(server, person)).json()
    assert await tried(server, "GET", "/things", made["key"]) == 200
    path = f"/api/auth/api-keys/{made['id']}"
    assert (await server.http.delete(path, headers=person.headers)).status_code == 204
    assert await tried(server, "GET", "/things", made["key"]) == 401
    assert (await server.http.delete(path, headers=person.headers)).status_code == 404
    assert (await server.get("/api/auth/api-keys", person.access)).json() == {"api_keys": []}


async def test_nobody_revokes_the_keys_of_others(server: Running) -> None:
    owner, other = await server.sign_up(), await server.sign_up()
    made = (await make(server, owner)).json()
    path = f"/api/auth/api-keys/{made['id']}"
    assert (await server.http.delete(path, headers=other.headers)).status_code == 404
    assert (await server.get("/api/auth/api-keys", other.access)).json() == {"api_keys": []}
    assert await tried(server, "GET", "/things", made["key"]) == 200


async def test_a_key_grows_old(server: Running) -> None:
    person = await server.sign_up()
    made = (await make(server, person, expires_in_days=1)).json()
    async with server.database.write() as connection:
        await connection.execute(text("UPDATE api_keys SET expires_at = 1 WHERE expires_at IS NOT NULL"))
    assert await tried(server, "GET", "/things", made["key"]) == 401


async def test_a_guessed_secret_does_not_open(server: Running) -> None:
    made = (await make(server, await server.sign_up())).json()
    last = "A" if made["key"][-1] != "A" else "B"
    assert await tried(server, "GET", "/things", made["key"][:-1] + last) == 401


async def test_the_owner_of_a_closed_account_has_no_keys(server: Running) -> None:
    person = await server.sign_up()
    key = (await make(server, person)).json()["key"]
    async with server.database.write() as connection:
        await connection.execute(
            text("UPDATE users SET disabled_at = 1 WHERE user_id = :id"), {"id": person.user["id"]}
        )
    assert await tried(server, "GET", "/things", key) == 401
    assert (await server.log_in(person.email)).status_code == 401
    assert (await server.refresh(person.refresh)).status_code == 401


async def test_only_administrators_make_keys_that_administer(server: Running) -> None:
    person = await server.sign_up()
    assert (await make(server, person, scopes=["read", "admin"])).status_code == 403
    async with server.database.write() as connection:
        await connection.execute(
            text("UPDATE users SET role = 'admin' WHERE user_id = :id"), {"id": person.user["id"]}
        )
    admin = SignedUp(person.email, await server.log_in(person.email))
    assert (await server.get("/admin", person.access)).status_code == 403  # an old token
    assert (await server.get("/admin", admin.access)).status_code == 200
    plain = (await make(server, admin)).json()["key"]
    special = (await make(server, admin, scopes=["read", "admin"])).json()["key"]
    assert await tried(server, "GET", "/admin", plain) == 403
    assert await tried(server, "GET", "/admin", special) == 200
    async with server.database.write() as connection:
        await connection.execute(
            text("UPDATE users SET role = 'user' WHERE user_id = :id"), {"id": person.user["id"]}
        )
    assert (await server.get("/admin", admin.access)).status_code == 403  # demoted: at once
    assert await tried(server, "GET", "/admin", special) == 403


async def test_a_polling_program_costs_no_sql(server: Running) -> None:
    key = (await make(server, await server.sign_up())).json()["key"]
    await tried(server, "GET", "/things", key)
    with statements_by_request(server.database) as sent:
        polls = [await server.get("/things", key) for _ in range(20)]
        another = await server.sign_up()
    assert {poll.status_code for poll in polls} == {200}
    assert [sent[poll.headers["X-Request-ID"]] for poll in polls] == [0] * 20
    assert sent[another.answer.headers["X-Request-ID"]] > 0


async def test_an_access_token_costs_no_sql(server: Running) -> None:
    person = await server.sign_up()
    with statements_by_request(server.database) as sent:
        answer = await server.get("/things", person.access)
    assert answer.status_code == 200
    assert sent[answer.headers["X-Request-ID"]] == 0


async def test_making_a_key_may_be_repeated(server: Running) -> None:
    person, other = await server.sign_up(), await server.sign_up()
    fields = {"name": "program", "scopes": ["write", "read"], "expires_in_days": 7}

    async def ask(owner: SignedUp, key: str, **changes: object) -> httpx2.Response:
        headers = {**owner.headers, "idempotency-key": key}
        return await server.http.post("/api/auth/api-keys", json={**fields, **changes}, headers=headers)

    first, again = await ask(person, "one"), await ask(person, "one")
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert (await ask(person, "two")).json()["key"] != first.json()["key"]
    assert (await ask(other, "one")).json()["id"] != first.json()["id"]
    for field, value in (("name", "x"), ("scopes", []), ("expires_in_days", 8), ("expires_in_days", None)):
        answer = await ask(person, "one", **{field: value})
        assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    await server.http.delete(f"/api/auth/api-keys/{first.json()['id']}", headers=person.headers)
    assert (await ask(person, "one")).status_code == 409  # it does not come back to life
    assert await tried(server, "GET", "/things", first.json()["key"]) == 401


async def test_there_is_an_end_to_keys(server: Running) -> None:
    person = await server.sign_up()
    for _ in range(50):
        assert (await make(server, person)).status_code == 201
    assert (await make(server, person)).status_code == 409
