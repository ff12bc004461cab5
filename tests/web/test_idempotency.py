"""Repetitions of creating requests: answered again, never done again, on each database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import func, select
from starlette.requests import HTTPConnection

from ecg.database import Database, migrate
from ecg.errors import Conflict, ConnectionFailed, Unauthorized
from ecg.settings import Settings
from ecg.web import create_base_app
from ecg.web.idempotency import Idempotency, IdempotentRoute, id_of
from ecg.web.idempotency_repository import answers
from tests.web.serving import serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Thing(BaseModel):
    name: str


class Workshop:
    """Makes things, slowly where it is told to."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.ids: list[str | None] = []
        self.trouble: Exception | None = None
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def make(self, thing: Thing, request: Request) -> Response:
        self.ids.append(id_of(request))
        self.begun.set()
        await self.go_on.wait()
        if self.trouble is not None:
            raise self.trouble
        self.made.append(thing.name)
        body = f'{{"number": {len(self.made)}, "name": "밥 {thing.name}"}}'
        return Response(body, 201, {"Location": f"/things/{len(self.made)}"}, "application/json")


async def who(connection: HTTPConnection) -> tuple[str, str]:
    if (user := connection.headers.get("user")) is None:
        raise Unauthorized("a token is needed")
    return "tenant", user


@asynccontextmanager
async def running(
    url: str, folder: Path, **options: Any
) -> AsyncIterator[tuple[httpx2.AsyncClient, Workshop, Idempotency]]:
    workshop, database = Workshop(), Database(url)
    await migrate(database)
    app = create_base_app("test", Settings(_env_file=None, data_dir=folder))
    router = APIRouter(prefix="/things", route_class=IdempotentRoute)
    router.post("", status_code=201)(workshop.make)
    router.post("/others", status_code=201)(workshop.make)
    app.include_router(router)
    app.state.idempotency = idempotency = Idempotency(database, who, **options)
    try:
        async with (
            serving(app) as address,
            httpx2.AsyncClient(base_url=f"http://{address}", timeout=60) as client,
        ):
            yield client, workshop, idempotency
    finally:
        await database.close()


async def make(
    client: httpx2.AsyncClient, name: str, key: str | None, *, user: str = "me", path: str = "/things"
) -> httpx2.Response:
    headers = {"user": user} | ({"Idempotency-Key": key} if key else {})
    return await client.post(path, json={"name": name}, headers=headers)


async def test_a_repetition_gets_the_first_answer(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (client, workshop, _):
        first = await make(client, "cup", "repeated")
        again = await make(client, "cup", '"repeated"')
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json() == {"number": 1, "name": "밥 cup"}
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["content-type"] == first.headers["content-type"]
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        assert workshop.made == ["cup"]
        assert workshop.ids[0] is not None


async def test_only_the_very_same_request_is_a_repetition(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (client, workshop, _):
        await make(client, "cup", "same")
        other_body = await make(client, "plate", "same")
        assert (other_body.status_code, other_body.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert (await make(client, "cup", "same", user="you")).json()["number"] == 2
        assert (await make(client, "cup", "same", path="/things/others")).json()["number"] == 3
        assert (await make(client, "cup", None)).json()["number"] == 4
        assert workshop.ids[-1] is None
        assert (await make(client, "cup", "k" * 300)).status_code == 400
        assert (await make(client, "cup", "with blank")).status_code == 400
        stranger = await client.post("/things", json={"name": "cup"}, headers={"Idempotency-Key": "same"})
        assert stranger.status_code == 401


async def test_fifty_at_once_make_one(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (client, workshop, _):
        answers = await asyncio.gather(*(make(client, "cup", "at-once") for _ in range(50)))
        assert workshop.made == ["cup"]
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert {answer.json()["number"] for answer in answers if answer.status_code == 201} == {1}
        for refused in (answer for answer in answers if answer.status_code == 409):
            assert refused.json()["code"] == "IDEMPOTENCY_IN_PROGRESS"
            assert refused.headers["retry-after"] == "1"


async def test_a_refusal_is_not_kept(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (client, workshop, _):
        workshop.trouble = Conflict("there are enough")
        assert (await make(client, "cup", "tried-again")).status_code == 409
        workshop.trouble = None
        assert (await make(client, "plate", "tried-again")).status_code == 201
        assert workshop.ids[0] != workshop.ids[1]
        invalid = await client.post(
            "/things", json={}, headers={"user": "me", "Idempotency-Key": "first-invalid"}
        )
        assert invalid.status_code == 422
        assert (await make(client, "cup", "first-invalid")).status_code == 201


async def test_a_failure_is_gone_on_with(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, tmp_path) as (client, workshop, _):
        workshop.trouble = ConnectionFailed("away")
        assert (await make(client, "cup", "failed")).status_code == 503
        workshop.trouble = None
        assert (await make(client, "plate", "failed")).status_code == 422
        assert (await make(client, "cup", "failed")).status_code == 201
        assert workshop.ids[0] == workshop.ids[1]


async def test_what_a_killed_server_left_is_begun_again_with_the_same_id(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, tmp_path, lease_seconds=0.3) as (client, workshop, _):
        workshop.go_on.clear()
        lost = asyncio.create_task(make(client, "cup", "killed"))
        await workshop.begun.wait()
        assert (await make(client, "cup", "killed")).status_code == 409
        await asyncio.sleep(0.4)
        again = asyncio.create_task(make(client, "cup", "killed"))
        while len(workshop.ids) < 2:
            await asyncio.sleep(0.01)
        assert workshop.ids[0] == workshop.ids[1]
        workshop.go_on.set()
        await asyncio.gather(lost, again)


async def test_old_answers_go(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg.web.idempotency.KEEP_SECONDS", -1)
    async with running(database_url, tmp_path) as (client, workshop, idempotency):
        await make(client, "cup", "old", user="old")
        assert (await make(client, "plate", "old", user="old")).json()["number"] == 2
        keeping = asyncio.create_task(idempotency.run(pause_seconds=600))
        async with asyncio.timeout(60):
            while await _count(idempotency.database, "old"):
                await asyncio.sleep(0.02)
        keeping.cancel()
        assert len(workshop.made) == 2


async def test_it_is_documented(tmp_path: Path) -> None:
    async with running(f"sqlite:///{tmp_path / 'ecg.db'}", tmp_path) as (client, _, _i):
        operation = (await client.get("/openapi.json")).json()["paths"]["/things"]["post"]
        assert [each["name"] for each in operation["parameters"]] == ["Idempotency-Key"]
        assert {"409", "422"} <= set(operation["responses"])


async def _count(database: Database, user: str) -> int:
    query = select(func.count()).where(answers.c.user_id == user)
    async with database.read() as connection:
        return int((await connection.execute(query)).scalar_one())
