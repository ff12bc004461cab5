"""Nothing of somebody else's is readable or changeable: every route of the OpenAPI document, whoever asks.

New routes join by themselves. One that needs no token must be named here, and so must a name that leads to
things of one's own (`operations`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from ecg.accounts import CurrentUser
from ecg.accounts.access_tokens import ALGORITHM
from ecg.accounts.opening import access_tokens
from tests.gateway.operations import Asked, Operation, operations, request_for
from tests.gateway.place import Belongings, Person, Place, opened

pytestmark = pytest.mark.anyio

OPEN = {
    "POST /api/auth/signup",
    "POST /api/auth/login",
    "POST /api/auth/refresh",
    "POST /api/auth/logout",
    "POST /api/auth/verify-email",
    "POST /api/auth/password-reset",
    "POST /api/auth/password-reset/confirm",
    "GET /api/auth/google/login",
    "GET /api/auth/google/callback",
    "GET /health",
    "POST /api/upload-video/result",
    "POST /api/upload-video/callbacks/{token}/api/upload-video/result",
    "POST /api/render/callback",
    "GET /api/live-monitoring/hls/{camera_id}/{filename}",
}
"""Routes for whoever has no token: they ask for a password, a signature or a secret of their own."""
SERVICE = {"GET /metrics"}
"""Routes for programs of the operator, with the service token."""
ADMINISTRATORS = "/api/admin/"
LIVE = "/api/live-monitoring/"
ALLOWED_TO_SEE_NOTHING = (401, 403, 404)


async def document_of(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = (await place.http.get("/openapi.json")).json()
    return found


async def ask(place: Place, operation: Operation, asked: Asked, headers: dict[str, str]) -> tuple[int, str]:
    answer = await place.http.request(
        operation.method, asked.url, params=asked.query, json=asked.body, headers=headers
    )
    return answer.status_code, answer.text + json.dumps(dict(answer.headers))


async def guarded(place: Place, owned: Belongings) -> list[tuple[Operation, Asked]]:
    document = await document_of(place)
    return [
        (operation, request_for(operation, document, owned))
        for operation in operations(document)
        if operation.label not in OPEN
    ]


async def state_of(place: Place, owner: Person, owned: Belongings) -> dict[str, Any]:
    """Everything that the owner sees, but for what changes by itself."""
    seen = {}
    for path in (
        "/api/auth/me",
        "/api/auth/api-keys",
        "/api/projects",
        "/api/projects?deleted=true",
        f"/api/projects/{owned.project_id}",
        f"/api/projects/{owned.project_id}/revisions",
        f"/api/upload-video/parts?file_key={owned.parts_key}",
        f"/api/upload-video/status/{owned.analysis_id}",
        f"/api/render/{owned.export_id}/status",
        "/api/render/history",
        "/api/render/quotas",
        "/api/usage",
        "/api/live-monitoring/cameras",
        f"/api/live-monitoring/cameras/{owned.camera_id}",
        f"/api/live-monitoring/timeline/{owned.camera_id}?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
        "/api/live-monitoring/alert-settings",
        "/api/live-monitoring/events",
        f"/api/live-monitoring/daily-report/{owned.camera_id}?date=2026-01-01",
    ):
        answer = await place.call("GET", path, owner)
        assert answer.status_code == 200, (path, answer.text)
        seen[path] = answer.json()
    return seen


async def test_every_route_asks_for_a_token_or_is_known_to_need_none(place: Place) -> None:
    document = await document_of(place)
    without = {operation.label for operation in operations(document) if not operation.guarded}
    assert without == OPEN


async def tokens_that_open_nothing(place: Place) -> dict[str, dict[str, str]]:
    who = await place.person()
    issued = access_tokens(place.settings)
    secret = place.settings.secret("token")
    claims = jwt.decode(who.token, OctKey.import_key(secret), algorithms=[ALGORITHM]).claims
    refresh = await place.http.post(
        "/api/auth/login", json={"email": who.email, "password": "correct horse battery"}
    )
    cookie = refresh.headers["set-cookie"].split(";")[0].partition("=")[2]
    place.http.cookies.clear()

    def signed(typ: str, key: str = secret, **other: object) -> str:
        header = {"alg": ALGORITHM, "typ": typ}
        return jwt.encode(header, {**claims, **other}, OctKey.import_key(key), algorithms=[ALGORITHM])

    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + who.token.split(".")[1] + "."
    texts = {
        "expired": issued.issue(who.principal, life_seconds=-60).text,
        "another type": signed("JWT"),
        "another audience": signed("at+jwt", aud="somebody-else"),
        "another secret": signed("at+jwt", "x" * 40),
        "no signature": unsigned,
        "a refresh token": cookie,
        "nonsense": "nonsense",
    }
    given = {name: {"Authorization": f"Bearer {text}"} for name, text in texts.items()}
    basic = {"another scheme": {"Authorization": f"Basic {who.token}"}}
    return {"no token": {}} | given | basic


async def test_no_route_opens_without_a_right_token(place: Place) -> None:
    owner = await place.person()
    owned = await place.belongings(owner)
    before = await state_of(place, owner, owned)
    wrong: list[tuple[object, ...]] = []
    for name, headers in (await tokens_that_open_nothing(place)).items():
        for operation, asked in await guarded(place, owned):
            status, _ = await ask(place, operation, asked, headers)
            if status != 401:
                wrong.append((name, operation.label, status))
    assert wrong == []
    assert await state_of(place, owner, owned) == before


async def faults(place: Place, owned: Belongings, other: Person, stranger: str) -> list[tuple[object, ...]]:
    """What somebody else gets to see or do; nothing, that is."""
    wrong: list[tuple[object, ...]] = []
    for operation, asked in await guarded(place, owned):
        if operation.label in SERVICE or (stranger == "colleague" and operation.path.startswith(LIVE)):
            continue  # cameras belong to an organisation: a colleague watches and changes them
        status, text = await ask(place, operation, asked, other.headers)
        administers = stranger == "administrator" and operation.path.startswith(ADMINISTRATORS)
        if operation.path.startswith(ADMINISTRATORS) and status != (200 if administers else 403):
            wrong.append((operation.label, status))
        if asked.named and status not in ALLOWED_TO_SEE_NOTHING and not shared(operation, stranger):
            wrong.append((operation.label, status, text[:300]))
        seen = {secret for secret in owned.secrets | owned.ids if secret in text and secret not in asked.sent}
        if seen and not administers:
            wrong.append((operation.label, status, seen))
        if status >= 500 and not shared(operation, stranger):
            wrong.append((operation.label, status, text[:300]))
    return wrong


@pytest.mark.parametrize("stranger", ["colleague", "other tenant", "administrator"])
async def test_nothing_of_others_can_be_read_or_changed(place: Place, stranger: str) -> None:
    owner = await place.person()
    owned = await place.belongings(owner)
    tenant_id = owner.principal.tenant_id if stranger == "colleague" else None
    other = await place.person(tenant_id=tenant_id, admin=stranger == "administrator")
    before = await state_of(place, owner, owned)
    assert await faults(place, owned, other, stranger) == []
    assert await state_of(place, owner, owned) == before


async def test_a_route_that_asks_for_no_owner_is_found(tmp_path: Path) -> None:
    """New routes join by themselves, and the matrix sees what is wrong with them."""
    async with opened(tmp_path) as place:

        async def all_names(who: CurrentUser) -> list[str]:
            del who
            return [owned.mark]

        async def any_project(project_id: str, who: CurrentUser) -> str:
            return project_id + who.user_id

        place.app.add_api_route("/api/names", all_names)
        place.app.add_api_route("/api/forgetful/{project_id}", any_project, methods=["PUT"])
        owned = await place.belongings(await place.person())
        found = await faults(place, owned, await place.person(), "other tenant")
        assert {fault[0] for fault in found} == {"GET /api/names", "PUT /api/forgetful/{project_id}"}


def shared(operation: Operation, stranger: str) -> bool:
    """Videos belong to an organisation: a colleague may caption one whose key the owner has told."""
    return stranger == "colleague" and operation.label == "POST /api/render/create"


async def test_the_owner_gets_through(place: Place) -> None:
    """Else the matrix would prove nothing: the same requests mean something when the owner sends them."""
    owner = await place.person()
    owned = await place.belongings(owner)
    refused = []
    for operation, asked in await guarded(place, owned):
        reading = operation.method == "GET" and not operation.path.startswith(ADMINISTRATORS)
        if reading and operation.label not in SERVICE:
            status, _ = await ask(place, operation, asked, owner.headers)
            if status != 200:
                refused.append((operation.label, status))
    assert refused == []
