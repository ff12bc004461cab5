"""What every server of ours does with requests, good and bad, over real connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
import structlog
import websockets
from fastapi import Depends, FastAPI, Query, Request, WebSocket
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from structlog.typing import EventDict

from ecg import errors
from ecg.settings import Settings
from ecg.web import Caller, Problem, Refused, Tickets, caller, create_base_app, viewer
from tests.web.serving import serving

pytestmark = pytest.mark.anyio

RAISED: dict[str, Callable[[], Exception]] = {
    "input": lambda: errors.InputError("the width is odd", where="/options/width", hint="take an even one"),
    "not-found": lambda: errors.NotFound("there is no such thing"),
    "conflict": lambda: errors.Conflict("another one has that id"),
    "unauthorized": lambda: errors.Unauthorized("no"),
    "forbidden-url": lambda: errors.ForbiddenUrl("not there"),
    "too-large": lambda: errors.TooLarge("too much"),
    "storage": lambda: errors.StorageError("cannot write /secret/place"),
    "connection": lambda: errors.ConnectionFailed("the other server is away"),
    "time": lambda: errors.TimedOut("took too long"),
    "setting": lambda: errors.SettingsError("secret setting", where="SECRET"),
    "render": lambda: errors.RenderError("secret trouble"),
    "bug": lambda: KeyError("secret bug"),
    "database": lambda: OperationalError("SELECT secret", {}, Exception("gone")),
    "refused": lambda: Refused(415, errors.MediaError("not a video")),
    "too-often": lambda: Refused(429, errors.InputError("too many"), headers={"Retry-After": "7"}),
}


class Cue(BaseModel):
    start: float = Field(ge=0)


class Body(BaseModel):
    cues: list[Cue]
    names: dict[str, int] = Field(default_factory=dict)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """Quiet, and quick: nobody draws traces."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as entries:
        yield entries


def old_contract(problem: Problem) -> dict[str, Any]:
    return {"error": {"code": problem.code, "message": problem.detail}}


def make_app(folder: Path, *, token: str | None = None, **options: Any) -> FastAPI:
    settings = Settings(_env_file=None, data_dir=folder, service_token=token)
    app = create_base_app("test", settings, error_shapes={"/old/": old_contract}, **options)

    @app.get("/raise/{name}")
    @app.get("/old/{name}")
    async def fail(name: str) -> None:
        raise RAISED[name]()

    @app.post("/body")
    async def body(body: Body) -> dict[str, int]:
        return {"cues": len(body.cues)}

    @app.post("/stream")
    @app.put("/files/any")
    async def stream(request: Request) -> int:
        return sum([len(chunk) async for chunk in request.stream()])

    @app.get("/query")
    async def query(limit: Annotated[int, Query(le=10)] = 1) -> int:
        return limit

    @app.get("/who")
    async def who(found: Annotated[Caller, Depends(caller)]) -> str:
        return found.tenant_id

    @app.get("/watch/{job_id}")
    async def watch(found: Annotated[Caller, Depends(viewer)]) -> str:
        return found.tenant_id

    @app.get("/context")
    async def context() -> dict[str, Any]:
        return dict(structlog.contextvars.get_contextvars())

    @app.get("/events", response_class=EventSourceResponse)
    async def events() -> AsyncIterable[ServerSentEvent]:
        yield ServerSentEvent(data=1)
        await asyncio.Event().wait()

    @app.get("/breaks", response_class=EventSourceResponse)
    async def breaks() -> AsyncIterable[ServerSentEvent]:
        yield ServerSentEvent(data=1)
        await asyncio.sleep(0.05)
        raise KeyError("secret")

    @app.websocket("/ws/{job_id}")
    async def socket(websocket: WebSocket, found: Annotated[Caller, Depends(viewer)], n: int = 0) -> None:
        await websocket.accept()
        await websocket.send_text(found.tenant_id)
        if n:
            raise KeyError("secret")
        await websocket.close()

    return app


@asynccontextmanager
async def client(folder: Path, **options: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        serving(make_app(folder, **options)) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=60) as made,
    ):
        yield made


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("input", 400, "INVALID_INPUT"),
        ("not-found", 404, "NOT_FOUND"),
        ("conflict", 409, "CONFLICT"),
        ("unauthorized", 401, "UNAUTHORIZED"),
        ("forbidden-url", 400, "URL_NOT_ALLOWED"),
        ("too-large", 413, "INPUT_TOO_LARGE"),
        ("storage", 503, "STORAGE_ACCESS_ERROR"),
        ("connection", 503, "CONNECTION_ERROR"),
        ("time", 504, "TIMEOUT_ERROR"),
        ("setting", 500, "INVALID_SETTING"),
        ("render", 500, "RENDER_ERROR"),
        ("bug", 500, "INTERNAL_ERROR"),
        ("database", 503, "DATABASE_UNAVAILABLE"),
        ("refused", 415, "INVALID_VIDEO_FORMAT"),
        ("too-often", 429, "INVALID_INPUT"),
    ],
)
async def test_each_error_has_its_status(tmp_path: Path, name: str, status: int, code: str) -> None:
    async with client(tmp_path) as http:
        answer = await http.get(f"/raise/{name}", headers={"X-Request-ID": "abc-1"})
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == status
        assert problem["request_id"] == answer.headers["x-request-id"] == "abc-1"
        assert "secret" not in answer.text
        assert None not in problem.values()
        assert ("www-authenticate" in answer.headers) == (status == 401)
        assert answer.headers["x-content-type-options"] == "nosniff"
        old = await http.get(f"/old/{name}")
        assert old.status_code == status
        assert old.json()["error"]["code"] == code
        assert old.headers["content-type"] == "application/json"


async def test_a_refusal_may_bring_headers(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        assert (await http.get("/raise/too-often")).headers["retry-after"] == "7"
        assert (await http.get("/old/too-often")).headers["retry-after"] == "7"


async def test_where_and_hint_are_told(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        problem = (await http.get("/raise/input")).json()
        assert problem["where"] == "/options/width"
        assert problem["hint"] == "take an even one"


async def test_unknown_paths_and_methods_are_problems(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        answer = await http.get("/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        answer = await http.delete("/body")
        assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("sent", "where", "words"),
    [
        (b'{"cues": [{"start": 1}, {"start": -1}]}', "/cues/1/start", "greater than or equal to 0"),
        (b'{"cues": [], "names": {"a/b~c": "x"}}', "/names/a~1b~0c", "integer"),
        (b"{}", "/cues", "required"),
        (b"[]", None, "the body"),
        (b"", None, "the body"),
        (b'{"cues": [}', None, "not JSON"),
        (b"\xff\xfe", None, None),
        (b"[" * 100_000, None, None),
        (b'{"cues": [{"start": 1e999}]}', None, None),
    ],
)
async def test_a_wrong_body_is_one_clear_fault(
    tmp_path: Path, sent: bytes, where: str | None, words: str | None
) -> None:
    async with client(tmp_path) as http:
        answer = await http.post("/body", content=sent, headers={"Content-Type": "application/json"})
        if words is None:
            assert answer.status_code in (200, 400, 422)
            return
        problem = answer.json()
        assert answer.status_code == 422
        assert problem["code"] == "INVALID_REQUEST"
        assert problem.get("where") == where
        assert words in problem["detail"]


async def test_a_wrong_parameter_names_itself(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        problem = (await http.get("/query?limit=11")).json()
        assert problem["where"] == "query limit"


async def test_bodies_are_capped_whether_they_say_their_length_or_not(tmp_path: Path) -> None:
    async with client(tmp_path, max_body_bytes=1000) as http:

        async def chunks(count: int) -> AsyncIterator[bytes]:
            for _ in range(count):
                yield b"x" * 100

        assert (await http.post("/stream", content=b"x" * 1000)).json() == 1000
        assert (await http.post("/stream", content=chunks(10))).json() == 1000
        for content in (b"x" * 1001, chunks(11), chunks(10_000)):
            answer = await http.post("/stream", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "INPUT_TOO_LARGE")
            assert "x-request-id" in answer.headers
        assert (await http.put("/files/any", content=chunks(20))).json() == 2000


@pytest.mark.parametrize("given", ["", "has space", "x" * 65, "semi;colon", "<script>", "é"])
async def test_unusable_request_ids_are_replaced(tmp_path: Path, given: str) -> None:
    async with client(tmp_path) as http:
        answer = await http.get("/context", headers={b"X-Request-ID": given.encode()})
        made = answer.headers["x-request-id"]
        assert len(made) == 32
        assert answer.json()["request_id"] == made


async def test_request_ids_do_not_mix(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        ids = [f"request-{number}" for number in range(50)]
        answers = await asyncio.gather(
            *(http.get("/context", headers={"X-Request-ID": each}) for each in ids)
        )
        assert [answer.json()["request_id"] for answer in answers] == ids


async def test_mistakes_of_ours_are_in_the_log(tmp_path: Path, logs: list[EventDict]) -> None:
    async with client(tmp_path) as http:
        await http.get("/raise/bug", headers={"X-Request-ID": "abc-2"})
        [entry] = [entry for entry in logs if entry["log_level"] == "error"]
        assert entry["request_id"] == "abc-2"
        assert entry["exc_info"]


async def test_queries_are_not_logged(tmp_path: Path, logs: list[EventDict]) -> None:
    async with client(tmp_path) as http:
        await http.get("/watch/job?token=secret")
        assert logs
        assert "secret" not in str(logs)


async def test_a_stream_passes_at_once_and_one_that_breaks_ends(
    tmp_path: Path, logs: list[EventDict]
) -> None:
    async with client(tmp_path) as http:
        async with http.stream("GET", "/events") as answer:
            assert answer.headers["cache-control"] == "no-cache"
            async with asyncio.timeout(5):
                assert "data: 1" in await anext(answer.aiter_text())
        assert "secret" not in (await http.get("/breaks")).text
    # the server has ended: all is logged
    assert [entry["path"] for entry in logs if entry["log_level"] == "error"] == ["/breaks"]


async def test_a_token_is_needed_where_one_is_set(tmp_path: Path) -> None:
    async with client(tmp_path, token="right") as http:
        assert (await http.get("/who", headers={"Authorization": "Bearer right"})).json() == "service"
        assert (await http.get("/who", headers={"Authorization": "bearer right"})).json() == "service"
        for wrong in ("", "Bearer", "Bearer wrong", "Basic right", "right", "Bearer right2", "Bearer \xe9"):
            answer = await http.get("/who", headers={b"Authorization": wrong.encode()})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8090"}, 200),
        ({"Host": "[::1]:8090"}, 200),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Host": "attacker.example"}, 401),
        ({"Host": "127.0.0.1.attacker.example"}, 401),
        ({"Origin": "https://attacker.example"}, 401),
        ({"Origin": "null"}, 401),
    ],
)
async def test_without_a_token_only_this_machine_may_call(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async with client(tmp_path) as http:
        assert (await http.get("/who", headers=headers)).status_code == status


async def test_tickets_open_one_job_for_a_while(tmp_path: Path) -> None:
    tickets = Tickets(Settings(_env_file=None, data_dir=tmp_path).secret("url_signing"))
    good, _ = tickets.issue("service", "job")
    old, _ = tickets.issue("service", "job", seconds=-1)
    other, _ = tickets.issue("service", "other")
    async with client(tmp_path, token="right") as http:
        assert (await http.get(f"/watch/job?token={good}")).json() == "service"
        for wrong in (old, other, "", "x", "1.2.3", good + "0", good.replace(".", "..", 1), "é.é.é"):
            answer = await http.get("/watch/job", params={"token": wrong})
            assert answer.status_code == 401
        assert (await http.get("/who", params={"token": good})).status_code == 401


async def test_web_sockets_are_refused_before_they_open(tmp_path: Path) -> None:
    tickets = Tickets(Settings(_env_file=None, data_dir=tmp_path).secret("url_signing"))
    async with serving(make_app(tmp_path, token="right")) as address:
        url = f"ws://{address}/ws/job"
        good, _ = tickets.issue("service", "job")
        async with websockets.connect(f"{url}?token={good}", proxy=None) as socket:
            assert await socket.recv() == "service"
        async with websockets.connect(
            url, proxy=None, additional_headers={"Authorization": "Bearer right"}
        ) as socket:
            assert await socket.recv() == "service"
        for wrong, status in ((url, 401), (f"{url}?token=x", 401), (f"{url}?n=x&token={good}", 422)):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(wrong, proxy=None)
            assert refused.value.response.status_code == status
            assert json.loads(refused.value.response.body or b"")["status"] == status
        async with websockets.connect(f"{url}?n=1&token={good}", proxy=None) as socket:
            await socket.recv()
            await socket.wait_closed()
            assert socket.close_code == 1011


async def test_the_document_knows_our_errors_only(tmp_path: Path) -> None:
    document = make_app(tmp_path).openapi()
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(document)
    invalid = document["paths"]["/body"]["post"]["responses"]["422"]
    assert list(invalid["content"]) == ["application/problem+json"]
