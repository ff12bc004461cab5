"""Names under an attacker's control: what was checked is what is connected to."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network

import pytest

from ecg.errors import ConnectionFailed, ForbiddenUrl, TimedOut
from ecg.net import NetworkPolicy, check_url, post_json, preflight
from ecg.net.policy import policy_of
from ecg.settings import Settings
from tests.net.servers import LOOPBACK, PUBLIC_ONLY, Names, serving, whole

pytestmark = pytest.mark.anyio

BOTH_LOOPBACKS = NetworkPolicy(allowed_private_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")))


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["fe80::1%eth0"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["127.0.0.1", "93.184.216.34"],
        ["2606:4700::1111", "fd00::1"],
    ],
)
async def test_a_name_with_any_private_address_is_refused(answers: list[str]) -> None:
    with pytest.raises(ForbiddenUrl) as refusal:
        await check_url("http://evil.example/v.mp4", PUBLIC_ONLY, Names(evil_example=[answers]))
    assert not any(answer in str(refusal.value) for answer in answers)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "[::]",
        "0.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
        "[fd00:ec2::254]",
    ],
)
async def test_a_private_address_is_refused_without_a_lookup(host: str) -> None:
    names = Names()
    with pytest.raises(ForbiddenUrl):
        await check_url(f"http://{host}/latest/meta-data", PUBLIC_ONLY, names)
    assert names.asked == []


async def test_public_names_pass() -> None:
    names = Names(good_example=[["93.184.216.34", "2606:4700::1111"]])
    await check_url("https://good.example/v.mp4", PUBLIC_ONLY, names)


@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 11211])
async def test_a_closed_port_is_refused_before_a_lookup(port: int) -> None:
    names = Names(good_example=[["93.184.216.34"]])
    with pytest.raises(ForbiddenUrl):
        await check_url(f"http://good.example:{port}/", PUBLIC_ONLY, names)
    assert names.asked == []


async def test_an_unknown_name_is_a_failed_connection() -> None:
    with pytest.raises(ConnectionFailed):
        await check_url("http://nowhere.example/", PUBLIC_ONLY, Names())
    with pytest.raises(ConnectionFailed):
        await check_url("http://empty.example/", PUBLIC_ONLY, Names(empty_example=[[]]))


async def test_a_name_server_that_never_answers_times_out() -> None:
    async def silent(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(TimedOut):
        await check_url("http://slow.example/", PUBLIC_ONLY, silent, timeout_seconds=0.05)


async def test_rebinding_between_check_and_fetch_reaches_nobody() -> None:
    names = Names(evil_example=[["93.184.216.34"], ["127.0.0.1"]])
    async with serving(whole(b"secret")) as server:
        url = server.url(host="evil.example")
        await check_url(url, PUBLIC_ONLY, names)
        with pytest.raises(ForbiddenUrl):
            await preflight(url, policy=PUBLIC_ONLY, resolver=names)
        with pytest.raises(ForbiddenUrl):
            await post_json(url, b"{}", {}, policy=PUBLIC_ONLY, resolver=names)
    assert server.connections == 0


async def test_rebinding_within_a_fetch_has_no_second_lookup_to_use() -> None:
    names = Names(video_example=[["127.0.0.2"], ["127.0.0.3"]])
    async with serving(whole(b"checked"), host="127.0.0.2") as server:
        seen = await preflight(server.url(host="video.example"), policy=LOOPBACK, resolver=names)
    assert seen.head == b"checked"
    assert names.asked == ["video.example"]
    assert server.requests[0].headers["host"] == f"video.example:{server.port}"


async def test_the_next_address_is_tried_when_one_is_dead() -> None:
    names = Names(video_example=[["127.0.0.9", "127.0.0.1"]])
    async with serving(whole(b"alive")) as server:
        seen = await preflight(server.url(host="video.example"), policy=LOOPBACK, resolver=names)
    assert seen.head == b"alive"


async def test_one_family_of_addresses_does_not_shut_out_the_other() -> None:
    unreachable = [f"::{number}" for number in range(2, 9)]
    names = Names(video_example=[[*unreachable, "127.0.0.1"]])
    policy = NetworkPolicy(allowed_private_networks=(ip_network("127.0.0.0/8"), ip_network("::/96")))
    async with serving(whole(b"alive")) as server:
        seen = await preflight(server.url(host="video.example"), policy=policy, resolver=names)
    assert seen.head == b"alive"


async def test_the_system_resolver_finds_this_machine() -> None:
    async with serving(whole(b"here")) as server:
        seen = await preflight(server.url(host="localhost"), policy=BOTH_LOOPBACKS)
    assert seen.head == b"here"


async def test_a_server_of_this_installation_is_reached_and_its_neighbour_is_not() -> None:
    async with serving(whole(b"own")) as own, serving(whole(b"other")) as other:
        policy = policy_of(Settings.model_validate({}), own_urls=[own.url("/")])
        seen = await preflight(own.url(), policy=policy)
        with pytest.raises(ForbiddenUrl):
            await preflight(other.url(), policy=policy)
    assert seen.head == b"own"
    assert other.connections == 0
