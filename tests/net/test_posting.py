from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ecg.errors import ConnectionFailed, ForbiddenUrl, TimedOut
from ecg.net import GuardedClient, post_json, post_json_with
from tests.net.servers import LOOPBACK, PUBLIC_ONLY, Request, head, saying, serving, whole

pytestmark = pytest.mark.anyio


async def test_exactly_these_bytes_are_posted() -> None:
    body = '{"text":"안녕"}'.encode()
    async with serving(whole(b'{"status": "ok"}')) as server:
        answer = await post_json(server.url("/hook"), body, {"webhook-id": "msg_1"}, policy=LOOPBACK)
    (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/hook", body)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "msg_1"
    assert (answer.status_code, answer.snippet) == (200, '{"status": "ok"}')
    assert answer.milliseconds >= 0


@pytest.mark.parametrize(
    "status", ["204 No Content", "400 Bad Request", "410 Gone", "500 Internal Server Error"]
)
async def test_every_status_is_an_answer(status: str) -> None:
    async with serving(saying(head(status, content_length=0))) as server:
        answer = await post_json(server.url(), b"{}", {}, policy=LOOPBACK)
    assert answer.status_code == int(status[:3])


async def test_a_redirect_is_not_followed() -> None:
    async def move(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("307 Moved", location=goal.url(), content_length=0))

    async with serving(whole(b"")) as goal, serving(move) as server:
        answer = await post_json(server.url(), b"{}", {}, policy=LOOPBACK)
    assert answer.status_code == 307
    assert goal.connections == 0


async def test_nothing_is_posted_to_a_private_address() -> None:
    async with serving(whole(b"")) as server:
        with pytest.raises(ForbiddenUrl):
            await post_json(server.url(), b"{}", {}, policy=PUBLIC_ONLY)
    assert server.connections == 0


async def test_an_endless_answer_is_cut_to_a_snippet() -> None:
    async def endless(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK"))
        while True:
            writer.write(b"a" * 10_000)
            await writer.drain()

    async with serving(endless) as server:
        answer = await post_json(server.url(), b"{}", {}, policy=LOOPBACK)
    assert answer.snippet == "a" * 4096


async def test_a_snippet_can_be_stored_whatever_it_is() -> None:
    async with serving(whole(b"a\0\xff\xfe")) as server:
        answer = await post_json(server.url(), b"{}", {}, policy=LOOPBACK)
    assert answer.snippet == "a\ufffd\ufffd\ufffd"


async def test_a_slow_receiver_times_out() -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK"))
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(drip) as server:
        with pytest.raises(TimedOut):
            await post_json(server.url(), b"{}", {}, policy=LOOPBACK, timeout_seconds=0.2)


async def test_a_receiver_that_is_down_is_a_failed_connection() -> None:
    async with serving(whole(b"")) as server:
        pass
    with pytest.raises(ConnectionFailed):
        await post_json(server.url(), b"{}", {}, policy=LOOPBACK)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("120", 120.0), ("0", 0.0), ("-1", None), ("soon", None), ("9" * 30, None), ("", None)],
)
async def test_retry_after_is_read(asked: str, seconds: float | None) -> None:
    async with serving(saying(head("503 Busy", retry_after=asked, content_length=0))) as server:
        answer = await post_json(server.url(), b"{}", {}, policy=LOOPBACK)
    assert answer.retry_after_seconds == seconds


async def test_retry_after_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    async with serving(saying(head("503 Busy", retry_after=later, content_length=0))) as server:
        answer = await post_json(server.url(), b"{}", {}, policy=LOOPBACK)
    assert answer.retry_after_seconds is not None
    assert 500 < answer.retry_after_seconds <= 600


async def test_one_client_posts_many_times_at_once() -> None:
    async with serving(whole(b"ok")) as server, GuardedClient(LOOPBACK, connections=4) as client:
        url = server.url()
        answers = await asyncio.gather(*(post_json_with(client, url, b"{}", {}) for _ in range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len(server.requests) == 20
