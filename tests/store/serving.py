"""Real servers on loopback for the store's tests."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp


@contextlib.contextmanager
def serving(make_app: Callable[[str], ASGIApp]) -> Iterator[str]:
    """The URL under which the app answers; `make_app` is told it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(make_app(url), log_config=None, ws="none", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=[[listener]])
        thread.start()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join(30)


class Cable:
    """A connection to a server that can be cut: passes bytes on until it has passed enough.

    `up` counts bytes to the server, `down` those from it. While `cuts` are left, each connection is cut after
    so many bytes.
    """

    def __init__(self, port: int, *, up: float = math.inf, down: float = math.inf, cuts: float = 1) -> None:
        self._port = port
        self._limits = {"up": up, "down": down}
        self._lock = threading.Lock()
        self.cuts = cuts
        self.made = 0
        """Cuts so far."""

    @contextlib.contextmanager
    def plugged(self) -> Iterator[str]:
        """The URL at this end."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            accepting = threading.Thread(target=self._accept, args=[listener])
            accepting.start()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                accepting.join(30)

    def _accept(self, listener: socket.socket) -> None:
        pairs = []
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                pairs.append((near, far))
                for source, target, way in ((near, far, "up"), (far, near, "down")):
                    threading.Thread(target=self._pass_on, args=[source, target, way], daemon=True).start()
        for pair in pairs:
            _close(*pair)

    def _pass_on(self, source: socket.socket, target: socket.socket, way: str) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                passed += len(data)
                if passed > self._limits[way] and self._may_cut():
                    break
                target.sendall(data)
        _close(source, target)

    def _may_cut(self) -> bool:
        with self._lock:
            if self.made >= self.cuts:
                return False
            self.made += 1
            return True


def _close(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
