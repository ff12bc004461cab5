"""A render server that is stopped, slow, broken or talks nonsense: clear errors, and a breaker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ecg.exports.refusals import RenderServerAway, RenderServerBroke, RenderServerSlow
from ecg.exports.render_server import RenderServer
from ecg.net.breaker import Breaker
from ecg.settings import Settings
from tests.exports.serving import running

pytestmark = pytest.mark.anyio


async def test_it_breaks_down_and_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path, RENDER_BREAKER_FAILURES=3, RENDER_BREAKER_SECONDS=0.5) as api:
        breaker = api.exports.render_server.breaker
        api.renderer.mood = "failing"
        answer = await api.create()
        assert (answer.status_code, answer.json()["code"]) == (503, "RENDER_SERVER_ERROR")
        assert api.renderer.calls == 3
        assert (await breaker.status()).state == "open"
        answer = await api.create()
        assert (answer.status_code, answer.json()["code"]) == (503, "RENDER_SERVER_UNAVAILABLE")
        assert api.renderer.calls == 3  # nobody asked it
        assert (await api.history())["jobs"] == []  # and nothing of it counts
        api.renderer.mood = "well"
        await asyncio.sleep(0.6)
        assert (await api.create()).status_code == 200
        assert (await breaker.status()).state == "closed"


async def test_nonsense_is_not_believed(tmp_path: Path) -> None:
    async with running(tmp_path) as api:
        api.renderer.mood = "garbage"
        answer = await api.create()
        assert (answer.status_code, answer.json()["code"]) == (503, "RENDER_SERVER_ERROR")


async def test_a_lost_answer_is_found_again_with_the_key(tmp_path: Path) -> None:
    async with running(tmp_path, RENDER_BREAKER_FAILURES=50) as api:
        api.renderer.mood = "deaf"
        assert (await api.create(key="lost")).status_code == 503
        api.renderer.mood = "well"
        answer = await api.create(key="lost")
        assert answer.status_code == 200
        assert list(api.renderer.bodies) == [answer.json()["jobId"]]
        assert len((await api.history())["jobs"]) == 1


async def test_nobody_listens_there(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, render_server_url="http://127.0.0.1:9")
    server = RenderServer(settings, Breaker(None, "render", failures=50))
    try:
        with pytest.raises(RenderServerAway) as away:
            await server.render({})
        assert not away.value.reached
    finally:
        await server.close()


async def test_it_is_too_slow_and_not_asked_twice(tmp_path: Path) -> None:
    async with running(tmp_path, RENDER_API_TIMEOUT=0.3) as api:
        api.renderer.mood = "slow"
        with pytest.raises(RenderServerSlow):
            await api.exports.render_server.render({"jobId": "x"})
        assert api.renderer.calls == 1
        api.renderer.mood = "failing"
        with pytest.raises(RenderServerBroke):
            await api.exports.render_server.status("x")
        assert api.renderer.calls == 2  # a look is not repeated: the next one comes by itself
