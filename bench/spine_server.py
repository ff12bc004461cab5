"""A render server as operators run it (`ecg serve render` with its own worker, on SQLite and the embedded
Redis), and a host of videos beside it.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.services.starting import free_port

from ecg.processes import running
from ecg.settings import Settings

READY_SECONDS = 60.0


class Server:
    """The server process, by HTTP."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid

    def get(self, path: str) -> dict[str, Any]:
        return self._ask(path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._ask(path, json.dumps(body or {}).encode())

    def until(self, job_id: str, *, progress: int = 0, done: bool = False, seconds: float = 60) -> None:
        """Wait until a job is so far; raises AssertionError when it ends otherwise or takes too long."""
        end = time.monotonic() + seconds
        while True:
            job = self.get(f"/api/v1/jobs/{job_id}/")
            if (job["status"] == "DONE") if done else self.is_running(job) and job["progress"] >= progress:
                return
            assert job["status"] in ("PENDING", "PROCESSING"), job
            assert time.monotonic() < end, job
            time.sleep(0.1)

    def _ask(self, path: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # http, as written above
            return dict(json.load(answer))

    @staticmethod
    def is_running(job: dict[str, Any]) -> bool:
        return bool(job["status"] == "PROCESSING")


@contextlib.contextmanager
def render_server(settings: Settings) -> Iterator[Server]:
    """Started, calibrated and idle."""
    port = free_port()
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **settings.as_environment(), "PYTHONPATH": path, "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "ecg", "serve", "render", "--port", str(port)]
    with running(command, env=environment, cwd=settings.data_dir, grace_seconds=15) as process:
        server = Server(port, process.pid)
        end = time.monotonic() + READY_SECONDS
        while not _calibrated(server):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server was not ready in time"
            time.sleep(0.2)
        yield server


def _calibrated(server: Server) -> bool:
    """Whether it answers, and its worker has ended what it does by itself at first."""
    try:
        queue = server.get("/queue/status")
        return bool(queue["workers"]) and queue["depth"] == queue["running"] == 0
    except OSError:
        return False


@contextlib.contextmanager
def video_host(folder: Path) -> Iterator[str]:
    """The URL under which the folder's files are."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    class Host(http.server.ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # the server looks at a video's beginning, and hangs up

    handler = functools.partial(Handler, directory=str(folder))
    with Host(("127.0.0.1", 0), handler) as host:
        thread = threading.Thread(target=host.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{host.server_address[1]}"
        finally:
            host.shutdown()
            thread.join()
