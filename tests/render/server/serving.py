"""The server on loopback, and a host of videos that behaves well and badly."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from ecg.render.server import create_app
from ecg.settings import Settings
from tests.media.clips import clip

CUES = [{"text": "Hello", "start": 0.2, "end": 1.8, "style": {"fontSize": "32px", "color": "white"}}]


class _Host(BaseHTTPRequestHandler):
    """`/NAME.mp4` is the clip of that name, `/status/N` answers N, `/page` a web page, `/slow` nothing."""

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name.startswith("status/"):
            self.send_error(int(name.removeprefix("status/")))
        elif name == "slow":
            time.sleep(8)
        elif name == "page":
            self._send(b"<!doctype html><title>Sign in</title>")
        elif name == "playlist.mp4":
            self._send(b"#EXTM3U\n#EXT-X-VERSION:3\n")
        elif name == "empty.mp4":
            self._send(b"")
        else:
            self._send(clip(name.removesuffix(".mp4")).read_bytes())

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # a preflight takes what it needs and leaves
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def video_host() -> Iterator[str]:
    """The URL of the host."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Host) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def running_server(settings: Settings) -> Iterator[httpx2.Client]:
    """A client of the server, in a thread of its own; no worker takes its jobs."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), port=0, log_config=None, access_log=False, lifespan="on")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


def jobs_stored(settings: Settings) -> int:
    """Rows of renders."""
    with contextlib.closing(sqlite3.connect(settings.data_dir / "ecg.db")) as database:
        query = "SELECT COUNT(*) FROM jobs WHERE tenant_id = 'service'"
        return int(database.execute(query).fetchone()[0])


def settings_in(folder: Path, **fields: Any) -> Settings:
    return Settings(
        _env_file=None,
        **{"ECG_DATA_DIR": folder, "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8", **fields},
    )
