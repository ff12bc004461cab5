"""Projects over HTTP: the contract's shapes, preconditions, and nothing for strangers."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.projects.opened import captions
from tests.projects.serving import project_server, signed_in


def served(
    test: Callable[[httpx2.AsyncClient], Coroutine[Any, Any, None]],
) -> Callable[[Path], None]:
    """A test that gets a client of a server."""

    @functools.wraps(test)
    def run(tmp_path: Path) -> None:
        async def with_client() -> None:
            async with project_server(tmp_path) as client:
                await test(client)

        asyncio.run(with_client())

    del run.__dict__["__wrapped__"]  # pytest would ask for its arguments
    return run


async def begun(client: httpx2.AsyncClient, name: str = "trip", *texts: str) -> str:
    answer = await client.post("/api/projects", json={"name": name, "scenario": captions(*texts or ("one",))})
    assert answer.status_code == 201
    project_id: str = answer.json()["id"]
    return project_id


def tag(version: object) -> dict[str, str]:
    return {"If-Match": str(version)}


@served
async def test_a_project_is_begun_and_read(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/projects", json={"name": " 여행 👩‍👧 ", "scenario": captions("안녕")})
    document = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/projects/{document['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert document["name"] == "여행 👩‍👧"
    assert (document["version"], document["sync_status"], document["source"]) == (1, "synced", None)
    assert document["scenario"] == captions("안녕")
    again = await client.get(answer.headers["Location"])
    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, document, '"1"')
    listed = (await client.get("/api/projects")).json()
    del document["scenario"]
    assert listed == {"projects": [document], "next_cursor": None}


@served
async def test_a_save_answers_what_the_contract_says(client: httpx2.AsyncClient) -> None:
    project_id = await begun(client)
    body = {"scenario": captions("two"), "unknown": "field"}
    answer = await client.put(f"/api/projects/{project_id}", json=body, headers=tag(1))
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "version", "updated_at", "sync_status"}
    assert (answer.json()["version"], answer.headers["ETag"]) == (2, '"2"')


@served
async def test_a_stale_version_is_refused_with_the_current_project(client: httpx2.AsyncClient) -> None:
    project_id = await begun(client)
    url = f"/api/projects/{project_id}"
    await client.put(url, json={"scenario": captions("two")}, headers=tag(1))
    stale = [
        (412, await client.put(url, json={"scenario": captions("lost")}, headers=tag(1))),
        (412, await client.put(url, json={"scenario": captions("lost"), "version": 2}, headers=tag(1))),
        (409, await client.put(url, json={"scenario": captions("lost"), "version": 1})),
        (412, await client.put(url, json={"name": "lost"}, headers=tag('"of another server"'))),
        (412, await client.delete(url, headers=tag(1))),
        (412, await client.post(f"{url}/revisions/1/restore", headers=tag(1))),
    ]
    current = (await client.get(url)).json()
    for status, answer in stale:
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["ETag"] == '"2"'
        body = answer.json()
        assert (body["code"], body["sync_status"], body["status"]) == ("VERSION_CONFLICT", "conflict", status)
        assert body["current"] == current
        assert body["request_id"] == answer.headers["X-Request-ID"]
    assert current["scenario"] == captions("two")


@pytest.mark.parametrize("written", ["1", '"1"', 'W/"1"', "*", '"7", "1"'])
def test_ways_to_write_a_version(written: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with project_server(tmp_path) as client:
            project_id = await begun(client)
            answer = await client.put(f"/api/projects/{project_id}", json={"name": "n"}, headers=tag(written))
            assert answer.status_code == 200

    asyncio.run(run())


@served
async def test_a_change_has_to_say_what_it_was_made_from(client: httpx2.AsyncClient) -> None:
    url = f"/api/projects/{await begun(client)}"
    answer = await client.put(url, json={"scenario": captions("two")})
    assert (answer.status_code, answer.json()["code"]) == (428, "VERSION_REQUIRED")
    answer = await client.put(url, json={}, headers=tag(1))
    assert answer.status_code == 400
    for wrong in (
        {"name": ""},
        {"name": "two\nlines"},
        {"name": "\0"},
        {"name": " "},
        {"version": 0},
        {"version": 2**40},
    ):
        answer = await client.put(url, json={"scenario": captions("two"), **wrong}, headers=tag(1))
        assert answer.status_code == 422, wrong
    assert (await client.get(url)).json()["version"] == 1


@served
async def test_a_broken_scenario_is_refused_with_a_pointer(client: httpx2.AsyncClient) -> None:
    url = f"/api/projects/{await begun(client)}"
    backwards = {"cues": [{"text": "a", "start": 0, "end": 1}, {"text": "b", "start": 2, "end": 1}]}
    for broken, where in ((backwards, "/scenario/cues/1"), (captions(*["a"] * 1001), "/scenario/cues")):
        answer = await client.put(url, json={"scenario": broken}, headers=tag(1))
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (400, "SCENARIO_PARSE_ERROR")
        assert problem["where"].startswith(where)
        answer = await client.post("/api/projects", json={"name": "n", "scenario": broken})
        assert answer.json()["where"].startswith(where)
    for raw in (
        b'{"scenario": {"cues": [{"text": "a", "start": NaN, "end": 1}]}}',
        b'{"scenario": {"cues": [], "metadata": "\\ud800"}}',
        b'{"scenario": {"cues": [], "metadata": 1e999}}',
        b'{"scenario": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        b'{"scenario": "text"}',
        b"\xff",
    ):
        headers = {"Content-Type": "application/json", **tag(1)}
        answer = await client.put(url, content=raw, headers=headers)
        assert answer.status_code in (400, 422), raw[:60]
    assert (await client.get(url)).json()["version"] == 1


@served
async def test_the_trash_and_the_way_out_of_it(client: httpx2.AsyncClient) -> None:
    url = f"/api/projects/{await begun(client)}"
    assert (await client.delete(url, headers=tag(1))).status_code == 204
    assert (await client.get(url)).status_code == 404
    assert (await client.delete(url)).status_code == 404
    trash = (await client.get("/api/projects", params={"deleted": True})).json()["projects"]
    assert trash[0]["deleted_at"] is not None
    assert (await client.post(f"{url}/restore")).json()["version"] == 3
    assert (await client.get(url)).json()["deleted_at"] is None
    assert (await client.delete(url, params={"for_good": True})).status_code == 204
    assert (await client.post(f"{url}/restore")).status_code == 404


@served
async def test_history_and_duplicates(client: httpx2.AsyncClient) -> None:
    url = f"/api/projects/{await begun(client)}"
    await client.put(url, json={"scenario": captions("two")}, headers=tag(1))
    revisions = (await client.get(f"{url}/revisions")).json()["revisions"]
    assert [(each["version"], each["kind"]) for each in revisions] == [(2, "saved"), (1, "created")]
    first = (await client.get(f"{url}/revisions/1")).json()
    assert (first["scenario"], first["author_id"]) == (captions("one"), "me")
    restored = await client.post(f"{url}/revisions/1/restore", headers=tag(2))
    assert (restored.json()["version"], restored.headers["ETag"]) == (3, '"3"')
    copy = await client.post(f"{url}/duplicate")
    assert (copy.status_code, copy.json()["name"], copy.json()["version"]) == (201, "trip (copy)", 1)
    named = await client.post(f"{url}/duplicate", json={"name": "mine"})
    assert named.json()["name"] == "mine"
    assert named.json()["scenario"] == captions("one")


@served
async def test_a_repeated_request_makes_nothing_twice(client: httpx2.AsyncClient) -> None:
    url = f"/api/projects/{await begun(client)}"
    bodies = {"/api/projects": {"name": "trip", "scenario": captions("one")}, f"{url}/duplicate": {}}
    for number, (path, body) in enumerate(bodies.items()):
        headers = {"Idempotency-Key": f"key-{number}"}
        first, second = [await client.post(path, json=body, headers=headers) for _ in range(2)]
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert second.headers["Location"] == first.headers["Location"]
        another = await client.post(path, json={**body, "name": "else"}, headers=headers)
        assert another.status_code == 422
    back = [
        await client.post(f"{url}/revisions/1/restore", headers={"Idempotency-Key": "back"}) for _ in range(2)
    ]
    assert [answer.json()["version"] for answer in back] == [2, 2]
    assert len((await client.get("/api/projects")).json()["projects"]) == 3


@served
async def test_nothing_for_strangers(client: httpx2.AsyncClient) -> None:
    project_id = await begun(client)
    url = f"/api/projects/{project_id}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", url, None),
        ("PUT", url, {"name": "theirs"}),
        ("DELETE", url, None),
        ("DELETE", f"{url}?for_good=true", None),
        ("POST", f"{url}/restore", None),
        ("POST", f"{url}/duplicate", None),
        ("GET", f"{url}/revisions", None),
        ("GET", f"{url}/revisions/1", None),
        ("POST", f"{url}/revisions/1/restore", None),
    ]
    for user, status in (("colleague", 404), ("stranger", 404), ("nobody", 401)):
        for method, path, body in calls:
            headers = {**signed_in(user), "If-Match": "*"}
            answer = await client.request(method, path, json=body, headers=headers)
            assert answer.status_code == status, (user, method, path)
        listed = await client.get("/api/projects", headers=signed_in(user))
        assert listed.status_code == (200 if status == 404 else 401)
        assert project_id not in listed.text
    assert (await client.get(url)).json()["version"] == 1


@served
async def test_odd_ids_and_cursors_are_refused(client: httpx2.AsyncClient) -> None:
    for odd in ("%00", "a" * 65, "%F0%9F%91%8B"):
        assert (await client.get(f"/api/projects/{odd}")).status_code in (404, 422)
    for cursor in ("%00", "1.%00", "9" * 40):
        assert (await client.get(f"/api/projects?cursor={cursor}")).status_code in (400, 422)


@served
async def test_every_answer_is_documented(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    stale = document["paths"]["/api/projects/{project_id}"]["put"]["responses"]
    assert {"200", "400", "401", "403", "404", "409", "412", "413", "422", "428", "503"} <= set(stale)
    assert "current" in json.dumps(stale["412"]["content"]["application/problem+json"])
