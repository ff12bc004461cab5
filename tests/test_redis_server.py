"""The embedded Redis is there, comes back whatever dies, and is missed by nobody for long."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from redis.exceptions import RedisError
from structlog.testing import capture_logs

from ecg.embedded_redis import LONGEST_SOCKET_PATH
from ecg.errors import SettingsError
from ecg.redis_server import RedisLink, connect, spellings
from ecg.settings import Settings
from tests.services.starting import free_port

OWNER = """
import asyncio, sys
from pathlib import Path
import structlog
from ecg.redis_server import connect
from ecg.settings import Settings

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))

async def main():
    link = await connect(Settings(ECG_DATA_DIR=Path(sys.argv[1])))
    print((await link.client.info("server"))["process_id"], flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@asynccontextmanager
async def linked(folder: Path) -> AsyncIterator[RedisLink]:
    link = await connect(Settings(ECG_DATA_DIR=folder))
    try:
        yield link
    finally:
        await link.close()


async def server_pid(link: RedisLink) -> int:
    return int((await link.client.info("server"))["process_id"])


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if await condition():
                return
        except (RedisError, OSError):
            pass
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


def test_it_starts_by_itself_keeps_its_data_and_ends_with_its_owner(tmp_path: Path) -> None:
    async def run() -> None:
        async with linked(tmp_path) as link:
            await link.client.set("kept", "yes")
            pid = await server_pid(link)
        assert not psutil.pid_exists(pid)
        async with linked(tmp_path) as link:
            assert await link.client.get("kept") == b"yes"

    asyncio.run(run())


def test_all_links_of_a_data_folder_share_one_server(tmp_path: Path) -> None:
    async def run() -> None:
        async with linked(tmp_path) as one, linked(tmp_path) as two:
            assert await server_pid(one) == await server_pid(two)

    asyncio.run(run())


def test_a_killed_server_comes_back_for_all(tmp_path: Path) -> None:
    async def run() -> None:
        async with linked(tmp_path) as one, linked(tmp_path) as two:
            first = await server_pid(one)
            os.kill(first, signal.SIGKILL)

            async def another() -> bool:
                return await server_pid(two) != first

            await until(another)
            assert await one.answers()

    asyncio.run(run())


def test_another_process_takes_over_when_the_owner_is_killed(tmp_path: Path) -> None:
    async def run() -> None:
        owner = subprocess.Popen([sys.executable, "-c", OWNER, tmp_path], stdout=subprocess.PIPE, text=True)
        assert owner.stdout
        first = int(await asyncio.to_thread(owner.stdout.readline))
        async with linked(tmp_path) as link:
            assert await server_pid(link) == first
            await link.client.set("kept", "yes")
            owner.kill()
            owner.communicate()

            async def another() -> bool:
                return await server_pid(link) != first

            await until(another)
            assert await link.client.get("kept") == b"yes"

    asyncio.run(run())


def test_it_waits_for_a_server_that_is_still_ending(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "redis").mkdir()
        with (tmp_path / "redis" / "server.lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            connecting = asyncio.create_task(connect(Settings(ECG_DATA_DIR=tmp_path)))
            await asyncio.sleep(0.3)
            assert not connecting.done()
        link = await connecting
        assert await link.answers()
        await link.close()

    asyncio.run(run())


def test_a_socket_that_a_dead_server_left_is_no_obstacle(tmp_path: Path) -> None:
    async def run() -> None:
        async with linked(tmp_path) as link:
            assert link.embedded
            socket = link.embedded.socket
        socket.write_text("left over")
        async with linked(tmp_path) as link:
            assert await link.answers()

    asyncio.run(run())


def test_a_long_data_folder_gets_a_short_socket_that_goes_away(tmp_path: Path) -> None:
    async def run() -> None:
        folder = tmp_path / ("long" * 30)
        async with linked(folder) as one, linked(folder) as two:
            assert one.embedded
            socket = one.embedded.socket
            assert len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH
            assert socket.parent.stat().st_mode & 0o77 == 0
            assert await server_pid(one) == await server_pid(two)
        assert not socket.parent.exists()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("damage", "kept"),
    [
        pytest.param(lambda aof: aof[:-3], True, id="cut off: what was whole stays"),
        pytest.param(lambda aof: b"*9\r\nnonsense\r\n" + aof, False, id="nonsense: put aside"),
    ],
)
def test_a_damaged_file_does_not_keep_it_from_starting(
    tmp_path: Path, damage: Callable[[bytes], bytes], kept: bool
) -> None:
    file = tmp_path / "redis" / "appendonly.aof"

    async def run() -> None:
        async with linked(tmp_path) as link:
            await link.client.set("kept", "yes")
            await link.client.set("last", "one")
        file.write_bytes(damage(file.read_bytes()))
        async with linked(tmp_path) as link:
            assert await link.client.get("kept") == (b"yes" if kept else None)
        assert file.with_suffix(".damaged").exists() is not kept

    asyncio.run(run())


def test_a_given_redis_that_cannot_be_reached_is_one_warning(tmp_path: Path) -> None:
    async def run() -> None:
        url = f"redis://:secret@127.0.0.1:{free_port()}/0"
        with capture_logs() as logs:
            link = await connect(Settings(ECG_DATA_DIR=tmp_path, REDIS_URL=url))
        assert not await link.answers()
        await link.close()
        (warning,) = [entry for entry in logs if entry["log_level"] == "warning"]
        assert "jobs run" in warning["event"]
        assert "secret" not in str(warning)
        assert not (tmp_path / "redis").exists()

    asyncio.run(run())


def test_a_data_folder_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "redis").write_text("no folder")
        with capture_logs() as logs:
            link = await connect(Settings(ECG_DATA_DIR=tmp_path))
        assert not await link.answers()
        await link.close()
        assert [entry["log_level"] for entry in logs] == ["warning"]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("given", "ours", "of_celery"),
    [
        ("redis://localhost:6379/1", "redis://localhost:6379/1", "redis://localhost:6379/1"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("redis+socket:///run/redis.sock", "unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
    ],
)
def test_spellings(given: str, ours: str, of_celery: str) -> None:
    assert spellings(given) == (ours, of_celery)


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis://", ""])
def test_what_is_no_redis_url_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        spellings(url)
