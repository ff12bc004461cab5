"""How often one may try: counted together by all servers, and by each alone when Redis is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from limits import RateLimitItemPerHour
from starlette.requests import Request
from structlog.typing import EventDict

from ecg.accounts.throttle import Limiter, network_of
from tests.accounts.serving import PASSWORD, Running, running
from tests.jobs.live_redis import LiveRedis, live_redis

pytestmark = pytest.mark.anyio

TEN = RateLimitItemPerHour(10)


@pytest.fixture
async def redis() -> AsyncIterator[LiveRedis]:
    async with live_redis() as server:
        yield server


@pytest.fixture(params=["redis", "alone"])
async def careful(
    request: pytest.FixtureRequest, redis: LiveRedis, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    client = redis.client() if request.param == "redis" else None
    folder = tmp_path_factory.mktemp("careful")
    async with running(folder, redis=client, LOGIN_FAILURES=2, SIGNUPS_PER_HOUR=2) as made:
        yield made


async def test_guessing_passwords_ends_soon(careful: Running) -> None:
    person, other = await careful.sign_up(), await careful.sign_up()
    for _ in range(2):
        assert (await careful.log_in(person.email, "guess")).status_code == 401
    answer = await careful.log_in(person.email, "guess")
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert 1 <= int(answer.headers["retry-after"]) <= 15 * 60
    assert (await careful.log_in(person.email)).status_code == 429  # the right one does not tell itself
    assert (await careful.log_in(other.email)).status_code == 200  # nobody else is stopped


async def test_guessing_accounts_ends_too(careful: Running) -> None:
    found = [(await careful.log_in(f"nobody{n}@example.com", "guess")).status_code for n in range(21)]
    assert found == [401] * 20 + [429]
    assert (await careful.post("/verify-email", {"token": "x" * 43})).status_code == 429
    assert (await careful.post("/password-reset", {"email": "a@example.com"})).status_code == 429


async def test_guessing_the_tokens_of_messages_ends_too(careful: Running) -> None:
    found = [(await careful.post("/verify-email", {"token": "x" * 43})).status_code for _ in range(21)]
    assert found == [400] * 20 + [429]


async def test_signing_in_often_is_no_guessing(careful: Running) -> None:
    person = await careful.sign_up()
    found = await asyncio.gather(*(careful.log_in(person.email) for _ in range(12)))
    assert {answer.status_code for answer in found} == {200}


async def test_a_network_makes_so_many_accounts(careful: Running) -> None:
    body = {"username": "Somebody", "password": PASSWORD}
    found = await asyncio.gather(
        *(careful.post("/signup", {**body, "email": f"many{n}@example.com"}) for n in range(8))
    )
    assert sorted(answer.status_code for answer in found) == [201] * 2 + [429] * 6


async def test_servers_count_together(redis: LiveRedis) -> None:
    servers = [Limiter(redis.client()) for _ in range(4)]
    taken = await asyncio.gather(*(server.take(TEN, "a") for server in servers for _ in range(50)))
    assert taken.count(None) == 10
    assert await servers[0].over(TEN, "a") is not None
    assert await servers[0].over(TEN, "b") is None


async def test_one_server_counts_many_at_once_in_redis(redis: LiveRedis, logs: list[EventDict]) -> None:
    """More than its client has connections, and others need some of those."""
    client = redis.client()
    limiter, other = Limiter(client), Limiter(redis.client())
    most = client.connection_pool.max_connections
    taken = await asyncio.gather(*(limiter.take(TEN, "a") for _ in range(2 * most)))
    assert taken.count(None) == 10
    assert await other.over(TEN, "a") is not None
    assert logs == []


async def test_without_redis_each_counts_alone_and_says_so_once(
    redis: LiveRedis, logs: list[EventDict]
) -> None:
    limiter = Limiter(redis.client())
    assert await limiter.take(TEN, "a") is None
    redis.kill()
    assert [await limiter.take(TEN, "a") for _ in range(12)].count(None) == 10
    assert await limiter.over(TEN, "a") is not None
    assert [entry["log_level"] for entry in logs] == ["warning"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_home_is_one_network(address: str, network: str) -> None:
    assert network_of(Request({"type": "http", "client": (address, 1)})) == network


def test_a_unix_socket_is_local() -> None:
    assert network_of(Request({"type": "http", "client": None})) == "local"
