"""Redirects, certificates and answers that break the rules, seen through a preflight."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from ecg.errors import ConnectionFailed, FetchRefused, ForbiddenUrl, InputError, TimedOut
from ecg.net import GuardedClient, post_json, preflight
from ecg.net.targets import parse_target
from tests.net.certificates import authority_for
from tests.net.servers import LOOPBACK, Handler, Names, Request, head, saying, serving, whole

pytestmark = pytest.mark.anyio


def redirecting(*locations: str) -> Handler:
    """Each request is sent on to the next of `locations`, the last one for ever."""
    left = list(locations)

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        location = left.pop(0) if len(left) > 1 else left[0]
        writer.write(head("302 Found", location=location, content_length=0))

    return handle


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/latest/",
        "http://10.0.0.1/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "//10.0.0.1/admin",
        "http://intranet.example/",
        "http://user:pass@video.example/",
        "http://127.0.0.1:6379/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "http://[broken/",
    ],
)
async def test_a_redirect_to_what_may_not_be_fetched_is_refused(location: str) -> None:
    names = Names(intranet_example=[["192.168.0.1"]])
    async with serving(redirecting(location)) as server:
        with pytest.raises(ForbiddenUrl):
            await preflight(server.url(), policy=LOOPBACK, resolver=names)
    assert len(server.requests) == 1


async def test_a_redirect_is_followed_to_another_host() -> None:
    async with serving(whole(b"video")) as goal:
        names = Names(b_example=[["127.0.0.1"]])
        async with serving(redirecting(goal.url(host="b.example"))) as server:
            seen = await preflight(server.url(), policy=LOOPBACK, resolver=names)
    assert seen.head == b"video"
    assert names.asked == ["b.example"]


async def test_a_redirect_loop_ends() -> None:
    async with serving(redirecting("/again")) as server:
        with pytest.raises(FetchRefused, match="more than 5 times"):
            await preflight(server.url(), policy=LOOPBACK)
    assert len(server.requests) == 6


async def test_a_redirect_to_nowhere_is_refused() -> None:
    async with serving(saying(head("302 Found", content_length=0))) as server:
        with pytest.raises(FetchRefused, match="nowhere"):
            await preflight(server.url(), policy=LOOPBACK)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", FetchRefused),
        ("403 Forbidden", FetchRefused),
        ("404 Not Found", FetchRefused),
        ("410 Gone", FetchRefused),
        ("204 No Content", FetchRefused),
        ("304 Not Modified", FetchRefused),
        ("429 Too Many Requests", ConnectionFailed),
        ("500 Internal Server Error", ConnectionFailed),
        ("503 Service Unavailable", ConnectionFailed),
    ],
)
async def test_a_refusal_says_whether_trying_again_makes_sense(
    status: str, kind: type[FetchRefused | ConnectionFailed]
) -> None:
    async with serving(saying(head(status, content_length=0))) as server:
        with pytest.raises(kind, match=status[:3]) as refusal:
            await preflight(server.url("/v.mp4?signature=secret"), policy=LOOPBACK)
    assert refusal.value.code == "CONNECTION_ERROR"
    assert refusal.value.retryable == (kind is ConnectionFailed)
    assert "secret" not in str(refusal.value)


async def test_a_compressed_answer_is_refused_unopened() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    async with serving(whole(bomb, content_encoding="gzip")) as server:
        with pytest.raises(FetchRefused, match="compressed"):
            await preflight(server.url(), policy=LOOPBACK)
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nvideo",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n",
    ],
)
async def test_an_answer_that_is_no_http_is_a_failed_connection(raw: bytes) -> None:
    async with serving(saying(raw)) as server:
        with pytest.raises(ConnectionFailed):
            await preflight(server.url(), policy=LOOPBACK)


async def test_a_server_that_is_not_there_is_a_failed_connection() -> None:
    async with serving(whole(b"")) as server:
        pass
    with pytest.raises(ConnectionFailed, match="cannot be reached"):
        await preflight(server.url(), policy=LOOPBACK)


async def test_a_head_that_drips_times_out() -> None:
    async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Wait: 1\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(drip) as server:
        with pytest.raises(TimedOut):
            await preflight(server.url(), policy=LOOPBACK, timeout_seconds=0.2)


async def test_endless_preliminary_answers_time_out() -> None:
    async def hints(request: Request, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    async with serving(hints) as server:
        with pytest.raises(TimedOut):
            await preflight(server.url(), policy=LOOPBACK, timeout_seconds=0.2)


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\0b", "é"])
async def test_a_header_that_would_break_out_is_not_sent(value: str) -> None:
    async with serving(whole(b"")) as server:
        with pytest.raises(InputError):
            await post_json(server.url(), b"{}", {"X-Note": value}, policy=LOOPBACK)
    assert server.requests == []


async def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(whole(b"direct")) as server:
        assert (await preflight(server.url(), policy=LOOPBACK)).head == b"direct"


async def test_tls_verifies_the_name_though_an_address_is_connected_to() -> None:
    authority = authority_for("video.example")
    names = Names(video_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    async with serving(whole(b"secure"), tls=authority.server) as server:
        good = f"https://video.example:{server.port}/v.mp4"
        seen = await preflight(good, policy=LOOPBACK, resolver=names, tls=authority.client)
        with pytest.raises(FetchRefused, match="certificate"):
            await preflight(
                good.replace("video.", "other."), policy=LOOPBACK, resolver=names, tls=authority.client
            )
        with pytest.raises(FetchRefused, match="certificate"):
            await preflight(good, policy=LOOPBACK, resolver=names)
    assert seen.head == b"secure"


async def test_plain_http_behind_an_https_url_is_a_failed_connection() -> None:
    async with serving(whole(b"")) as server:
        with pytest.raises((ConnectionFailed, TimedOut)):
            await preflight(server.url().replace("http:", "https:"), policy=LOOPBACK, timeout_seconds=1)


async def test_a_client_keeps_its_connection() -> None:
    async def twice(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(head("200 OK", content_length=2) + b"ok")
        await writer.drain()
        await asyncio.Event().wait()

    async def read(client: GuardedClient, url: str) -> int:
        async with client.request("GET", parse_target(url), {}, stall_seconds=5) as response:
            return sum([len(piece) async for piece in response.body()])

    async with serving(twice) as server, GuardedClient(LOOPBACK) as client:
        assert await read(client, server.url()) == 2
        with pytest.raises(TimedOut):
            async with client.request("GET", parse_target(server.url()), {}, stall_seconds=0.1):
                pass
    assert server.connections == 1
