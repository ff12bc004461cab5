"""A server with its workers: where it may listen, and how it ends."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecg.errors import SettingsError
from ecg.serving import listening_socket, url_of
from ecg.settings import Settings

SERVER = """
import contextlib, sys
from pathlib import Path
from fastapi import FastAPI
from ecg import supervisor
from ecg.logging import configure
from ecg.serving import listening_socket, run_loop, serve, url_of
from ecg.settings import Settings
from ecg.supervisor import Part, Supervisor

folder = Path(sys.argv[1])
settings = Settings()
configure(settings, service="test")
@contextlib.asynccontextmanager
async def lifespan(app):
    if sys.argv[2] == "broken":
        raise RuntimeError("no database")
    yield

app = FastAPI(lifespan=lifespan)

@app.get("/")
def root():
    return "here"

worker = '''
import signal, sys, time, urllib.request
from pathlib import Path
url, folder = sys.argv[1], Path(sys.argv[2])
def stop(*_):
    folder.joinpath("last").write_bytes(urllib.request.urlopen(url).read())
    sys.exit(0)
signal.signal(signal.SIGTERM, (lambda *_: None) if sys.argv[3] == "stubborn" else stop)
folder.joinpath("began").touch()
while True:
    time.sleep(600)
'''
listener = listening_socket(settings, "127.0.0.1", 0)
supervisor.PROGRAM = (sys.executable, "-c", worker)
part = Part(name="worker", arguments=(url_of(listener), str(folder), sys.argv[2]))
sys.exit(run_loop(lambda: serve(app, listener, Supervisor([[part]], {}), name="test")))
"""


@contextlib.contextmanager
def started(folder: Path, kind: str = "good") -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, folder, kind],
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            yield server
        finally:
            server.kill()  # nothing, when it has ended


def said(server: subprocess.Popen[str], words: str) -> dict[str, Any]:
    """The first line of its log with these words."""
    assert server.stderr
    line = next(line for line in server.stderr if words in line)
    return dict(json.loads(line))


def answer(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310  # our own server
        return bytes(response.read())


def wait_for(path: Path) -> None:
    end = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_its_worker_has_ended(tmp_path: Path, number: signal.Signals) -> None:
    with started(tmp_path) as server:
        assert answer(said(server, "listens")["url"]) == b'"here"'
        wait_for(tmp_path / "began")
        server.send_signal(number)
        _, left = server.communicate(timeout=30)
        assert server.returncode == 0, left
        assert (tmp_path / "last").read_bytes() == b'"here"'


def test_asked_twice_it_ends_at_once(tmp_path: Path) -> None:
    with started(tmp_path, "stubborn") as server:
        wait_for(tmp_path / "began")
        server.send_signal(signal.SIGINT)
        said(server, "once more")
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=10)
        assert server.returncode == 130


def test_a_server_that_cannot_start_is_a_failure(tmp_path: Path) -> None:
    with started(tmp_path, "broken") as server:
        _, left = server.communicate(timeout=30)
        assert server.returncode == 1
        assert "no database" in left


def test_without_a_token_only_this_machine_may_call() -> None:
    for host in ("0.0.0.0", "::"):  # noqa: S104  # refused
        with pytest.raises(SettingsError, match="SERVICE_TOKEN"):
            listening_socket(Settings(), host, 0)
    with listening_socket(Settings(SERVICE_TOKEN="x" * 32), "0.0.0.0", 0) as listener:  # noqa: S104
        assert url_of(listener).startswith("http://127.0.0.1:")


def test_localhost_is_reached_as_127_0_0_1() -> None:
    with listening_socket(Settings(), "localhost", 0) as listener:
        assert url_of(listener).startswith("http://127.0.0.1:")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=str(port)) as raised:
            listening_socket(Settings(), "127.0.0.1", port)
    assert raised.value.hint


def test_a_host_that_is_not_ours_is_refused() -> None:
    with pytest.raises(SettingsError):
        listening_socket(Settings(SERVICE_TOKEN="x" * 32), "192.0.2.1", 0)
