"""The quick start of docs/render-server.md with real processes: server, worker, receiver."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from standardwebhooks import Webhook

from ecg.media import probe, read_frame_table
from tests.render.server.serving import CUES, video_host

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


@contextlib.contextmanager
def receiver() -> Iterator[tuple[str, queue.Queue[dict[str, Any]]]]:
    """The URL for callbacks, and the bodies of those whose signature is right."""
    arrived: queue.Queue[dict[str, Any]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.put(Webhook(SECRET).verify(body, dict(self.headers.items())))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/callback", arrived
        finally:
            server.shutdown()
            thread.join()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def served(folder: Path) -> Iterator[httpx2.Client]:
    """A client of `ecg serve render` with its own worker; both end, and leave no process."""
    port = free_port()
    environment = {
        **os.environ,
        "ECG_DATA_DIR": str(folder / "data"),
        "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "CALLBACK_SECRET": SECRET,
        "LOG_LEVEL": "WARNING",
    }
    arguments = [sys.executable, "-m", "ecg", "serve", "render", "--port", str(port)]
    with (
        subprocess.Popen(arguments, env=environment, cwd=folder) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client,
    ):
        try:
            ready(client, server)
            family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
            yield client
            family += psutil.Process(server.pid).children(recursive=True)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    _, left = psutil.wait_procs(family, timeout=3)
    assert left == []


def ready(client: httpx2.Client, server: subprocess.Popen[bytes]) -> None:
    """Wait until a worker takes jobs."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        with contextlib.suppress(httpx2.TransportError):
            if client.get("/health").json()["status"] == "ok":
                return
        time.sleep(0.1)
    pytest.fail("the server was not ready within a minute")


def followed(client: httpx2.Client, job_id: str) -> list[dict[str, Any]]:
    """Everything that the job's events tell, until its end."""
    with client.stream("GET", f"/api/v1/jobs/{job_id}/events/", timeout=60) as stream:
        lines = [line for line in stream.iter_lines() if line.startswith("data:")]
    return [json.loads(line.removeprefix("data:")) for line in lines]


def test_a_render_from_request_to_download(tmp_path: Path) -> None:
    with video_host() as videos, receiver() as (callback_url, arrived), served(tmp_path) as client:
        body = {
            "jobId": "test-phase2-001",
            "videoUrl": f"{videos}/plain.mp4",
            "scenario": {"cues": CUES},
            "options": {"width": 1280, "height": 720, "fps": 30, "quality": 90, "format": "mp4"},
            "callbackUrl": callback_url,
        }
        accepted = client.post("/render", json=body)
        assert accepted.json()["status"] == "accepted", accepted.text
        events = followed(client, "test-phase2-001")
        assert events[-1]["status"] == "DONE", events[-1]
        status = client.get("/api/render/test-phase2-001/status").json()
        assert (status["status"], status["progress"], status["errorCode"]) == ("completed", 100, None)
        assert (status["frames_processed"], status["frames_dropped"]) == (60, 0)
        output = tmp_path / "captioned.mp4"
        output.write_bytes(client.get(status["downloadUrl"]).content)
        assert output.stat().st_size == status["fileSize"]
        assert probe(output).require_video().display_size == (1280, 720)
        assert len(read_frame_table(output)) == 60
        callbacks = [arrived.get(timeout=10)]
        while callbacks[-1]["status"] == "processing":
            callbacks.append(arrived.get(timeout=10))
        assert callbacks[0]["status"] == "processing"
        assert (callbacks[-1]["status"], callbacks[-1]["file_size"]) == ("completed", status["fileSize"])
        assert client.get(callbacks[-1]["download_url"]).status_code == 200
        assert client.post("/render", json=body).json()["estimated_time"] == 0, "it is done"
        assert client.post("/api/render/test-phase2-001/cancel").json()["success"] is False
