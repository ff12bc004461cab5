"""Refused before the whole body came: the client sees the answer, and the connection ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from fastapi import Request

from ecg.settings import Settings
from ecg.web import create_base_app
from tests.web.serving import serving

pytestmark = pytest.mark.anyio

LARGE = 16 * 1024 * 1024


async def test_an_endless_body_is_not_taken_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecg.web.unread_bodies.LINGER_SECONDS", 0.5)
    async with serving(create_base_app("test", Settings(data_dir=tmp_path))) as address:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")

        async def send_for_ever() -> None:
            with suppress(OSError):  # the server has hung up
                while True:
                    writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                    await writer.drain()

        sending = asyncio.create_task(send_for_ever())
        try:
            async with asyncio.timeout(60):
                assert (await reader.readline()).split()[1] == b"404"
                await asyncio.shield(sending)
        finally:
            sending.cancel()
            writer.close()


async def test_a_client_that_sends_too_much_learns_why(tmp_path: Path) -> None:
    async with (
        serving(create_base_app("test", Settings(data_dir=tmp_path))) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=60) as client,
    ):
        answer = await client.post("/nowhere", content=bytes(LARGE))
        assert answer.status_code == 413
        assert answer.headers["connection"] == "close"


async def test_what_is_small_keeps_the_connection(tmp_path: Path) -> None:
    async with (
        serving(create_base_app("test", Settings(data_dir=tmp_path))) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=60) as client,
    ):
        answer = await client.post("/nowhere", content=b"a small body that nobody reads")
        assert answer.status_code == 404
        assert "connection" not in answer.headers


async def test_bodies_that_are_taken_come_whole(tmp_path: Path) -> None:
    app = create_base_app("test", Settings(data_dir=tmp_path))

    @app.post("/length")
    async def length(request: Request) -> int:
        return len(await request.body())

    async with (
        serving(app) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=60) as client,
    ):
        answer = await client.post("/length", content=bytes(5 * 1024 * 1024))
        assert answer.json() == 5 * 1024 * 1024
        assert "connection" not in answer.headers
