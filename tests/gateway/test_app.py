"""What the API server adds to its features: health with breakers, metrics, CORS, and limits of time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from starlette.middleware import Middleware

from ecg.errors import ConnectionFailed
from ecg.gateway.app import video_urls
from ecg.gateway.health import GatewayChecks
from ecg.gateway.timeouts import Timeouts
from ecg.library.speech_server import speech_breaker
from ecg.settings import Settings
from ecg.store import open_store
from ecg.web import create_base_app
from ecg.web_app.pages import origin_of
from tests.gateway.place import Place
from tests.web.serving import serving

pytestmark = pytest.mark.anyio


async def test_health_shows_an_open_breaker_and_goes_on(place: Place) -> None:
    checks: GatewayChecks = place.app.state.health
    assert (await checks.look()).breakers["speech"].state == "closed"
    redis = place.app.state.messages.jobs.live._redis
    breaker = speech_breaker(redis, place.settings)
    for _ in range(place.settings.ml_breaker_failures):
        with pytest.raises(ConnectionFailed):
            async with breaker.guard():
                raise ConnectionFailed("nobody answers")
    answer = await place.http.get("/health")
    found = answer.json()
    assert answer.status_code == 200
    assert (found["status"], found["ready"]) == ("degraded", True)
    assert found["breakers"]["speech"]["state"] == "open"
    assert found["breakers"]["speech"]["retry_seconds"] > 0
    assert found["breakers"]["render"]["state"] == "closed"
    assert "speech server" in found["broken"]


async def test_metrics_are_for_the_operator(place: Place) -> None:
    token = place.settings.service_token
    assert token is not None
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    text = (await place.http.get("/metrics", headers=headers)).text
    for name in (
        "ecg_http_request_seconds",
        "ecg_database_connections",
        "ecg_sql_statements",
        "ecg_redis_up",
        "ecg_redis_reads",
        "ecg_store_seconds",
        "ecg_store_errors",
    ):
        assert name in text
    assert (await place.http.get("/metrics")).status_code == 401


async def test_what_requests_ask_of_redis_and_the_store_is_measured(place: Place) -> None:
    who = await place.person()
    owned = await place.belongings(who)  # signs links
    before = await samples(place)
    assert before['ecg_store_seconds_count{operation="upload_url"}'] >= 1
    for _ in range(3):  # an analysis that waits: Redis knows it
        assert (await place.call("GET", f"/api/upload-video/status/{owned.analysis_id}", who)).is_success
    assert (await place.call("GET", f"/api/render/{owned.export_id}/status", who)).is_success  # only a row
    after = await samples(place)
    for outcome, count in (("hit", 3), ("miss", 1)):
        name = f'ecg_redis_reads_total{{outcome="{outcome}"}}'
        assert after[name] - before[name] == count


async def samples(place: Place) -> dict[str, float]:
    token = place.settings.service_token
    assert token is not None
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    text = (await place.http.get("/metrics", headers=headers)).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def test_pages_of_others_are_not_let_in(place: Place) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await place.http.options("/api/auth/login", headers=asked)
    assert "access-control-allow-origin" not in answer.headers


async def test_bodies_over_16_mb_are_refused(place: Place) -> None:
    who = await place.person()
    answer = await place.call("POST", "/api/projects", who, content=b" " * (16 * 1024 * 1024 + 1))
    assert answer.status_code == 413


@pytest.fixture
def shown_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., set[str]]:
    """Of which servers pages may show video, by the settings."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x" * 20)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-2")

    def origins(**fields: Any) -> set[str]:
        settings = Settings(_env_file=None, ECG_DATA_DIR=tmp_path, **fields)
        return {origin_of(url) for url in video_urls(settings, open_store(settings, public_url="http://x"))}

    return origins


def test_pages_show_video_of_this_server_alone(shown_from: Callable[..., set[str]]) -> None:
    assert shown_from() == set()


def test_pages_show_video_of_recording_hosts_and_the_store(shown_from: Callable[..., set[str]]) -> None:
    given = {"PUBLIC_URL": "https://ecg.example/", "LIVE_URL": "https://live.example:8070"}
    assert shown_from(**given) == {"https://ecg.example", "https://live.example:8070"}
    (amazon,) = shown_from(S3_BUCKET="recordings")
    assert amazon.startswith("https://")
    assert amazon.endswith(".amazonaws.com")
    own = shown_from(S3_BUCKET="recordings", S3_ENDPOINT_URL="https://s3.example:9000")
    assert own == {"https://s3.example:9000"}


def hasty_app() -> FastAPI:
    app = create_base_app("hasty", Settings(_env_file=None))
    limits = Middleware(Timeouts, answer_seconds=0.3, stall_seconds=0.3, body_seconds=1.0)
    app.user_middleware.append(limits)

    @app.post("/slow")
    async def slow(request: Request) -> None:
        await request.body()
        await asyncio.sleep(30)

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    return app


async def test_work_that_takes_too_long_is_given_up() -> None:
    async with serving(hasty_app()) as address, httpx2.AsyncClient() as http:
        answer = await http.post(f"http://{address}/slow", content=b"all of it")
        assert (answer.status_code, answer.json()["code"]) == (504, "TIMEOUT_ERROR")
        assert (await http.post(f"http://{address}/echo", content=b"four")).json() == 4


async def test_a_body_that_stalls_is_not_waited_for() -> None:
    async with serving(hasty_app()) as address:
        host, _, port = address.partition(":")

        def stall() -> bytes:
            with socket.create_connection((host, int(port)), timeout=10) as connection:
                head = f"POST /echo HTTP/1.1\r\nHost: {address}\r\nContent-Length: 100\r\n\r\nten bytes."
                connection.sendall(head.encode())
                return connection.recv(65536)

        assert (await asyncio.to_thread(stall)).startswith(b"HTTP/1.1 408")
