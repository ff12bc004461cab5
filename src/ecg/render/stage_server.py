"""The only server that a painting browser can reach.

It listens on loopback, is the browser's proxy for everything (also for other loopback ports), serves the
stage page with its assets from memory or disk, takes painted pixels, and refuses whatever else is asked for.
Text and styles of users therefore cannot fetch anything, whatever they contain; `refused` lists what was
tried.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from ecg.errors import EcgError

HOST = "stage.ecg.invalid"
"""The page's host. `.invalid` never resolves (RFC 2606); only the proxy answers for it."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self' data:; "
    "connect-src 'self'; img-src data: blob:; base-uri 'none'; form-action 'none'"
)

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
}

SMALLER_SHEETS = 202
"""Answers pixels that were taken, like 204, and asks for smaller sheets from now on."""

PixelSink = Callable[[bytes], bool]
"""Takes one batch of pixels, False when the painting shall stop. It may block: that is the backpressure."""

Camera = Callable[[int, int], bytes]
"""A PNG of the top left width x height pixels of a page."""


@dataclass
class StageServer:
    """Serves `assets` (path → bytes or file) until closed; use as a context manager."""

    assets: dict[str, bytes | Path]
    refused: list[str] = field(default_factory=list)
    sinks: dict[str, PixelSink] = field(default_factory=dict)
    """Where POSTs to `/pixels/{name}` go."""
    cameras: dict[str, Camera] = field(default_factory=dict)
    """What answers `/screenshot/{name}`."""
    short: Callable[[], bool] | None = None
    """Whether memory is short."""

    def __post_init__(self) -> None:
        server = self

        class Handler(_Handler):
            stage = server

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever,
            kwargs={"poll_interval": 0.1},
            name="ecg-stage-server",
            daemon=True,
        )
        self._thread.start()

    def begin(self, assets: dict[str, bytes | Path], short: Callable[[], bool] | None = None) -> None:
        """Serve another job; nothing of the one before is left."""
        self.assets, self.short = assets, short
        self.refused, self.sinks, self.cameras = [], {}, {}

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def url(self, path: str) -> str:
        return f"http://{HOST}{path}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=3)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away mid-request is no news: its painter has noticed."""


class _Handler(BaseHTTPRequestHandler):
    stage: StageServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Silence the standard library's line per request."""

    def do_GET(self) -> None:
        path = self._own_path()
        camera = self.stage.cameras.get(path.removeprefix("/screenshot/")) if path else None
        if camera is not None:
            self._photograph(camera)
            return
        asset = self.stage.assets.get(path) if path is not None else None
        if asset is None:
            self._refuse()
            return
        body = asset.read_bytes() if isinstance(asset, Path) else asset
        self._reply(200, _TYPES.get(Path(path or "").suffix, "application/octet-stream"), body)

    def _photograph(self, camera: Camera) -> None:
        query = parse_qs(urlsplit(self.path).query)
        try:
            picture = camera(int(query["width"][0]), int(query["height"][0]))
        except EcgError as error:
            self._reply(500, "text/plain", str(error).encode())
            return
        self._reply(200, "image/png", picture)

    def do_POST(self) -> None:
        path = self._own_path() or ""
        sink = self.stage.sinks.get(path.removeprefix("/pixels/")) if path.startswith("/pixels/") else None
        if sink is None:
            self._refuse()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        taken = SMALLER_SHEETS if self.stage.short and self.stage.short() else 204
        self._reply(taken if sink(body) else 410, "text/plain", b"")

    def do_CONNECT(self) -> None:
        self._refuse()

    def _own_path(self) -> str | None:
        """The path of a request for our own host; None for anybody else's."""
        parts = urlsplit(self.path)
        return parts.path if parts.scheme == "http" and parts.netloc == HOST else None

    def _refuse(self) -> None:
        self.stage.refused.append(f"{self.command} {self.path}")
        self.close_connection = True
        self._reply(403, "text/plain", b"refused: the stage has no network")

    def _reply(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response_only(status)
        if status != 204:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("Cache-Control", "max-age=3600")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
