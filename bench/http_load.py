"""Clients of one server that each ask again as soon as they are answered, so small that they do not eat what
they measure: bare sockets in one thread, requests written once, answers hardly read.
"""

from __future__ import annotations

import re
import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

ANSWER_SECONDS = 60.0
"""A server that is silent towards all clients for so long has failed."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class User(Protocol):
    """One client, with one request on its way at a time."""

    def request(self) -> bytes:
        """The next one, head and body."""

    def take(self, body: bytes) -> None:
        """The answer to it, a 200; raises AssertionError for one that cannot be right."""


@dataclass(frozen=True, slots=True)
class Load:
    """`seconds` of each answer; `faults` are those that were none; `client_share` is how much of one core
    the clients took."""

    seconds: list[float]
    faults: list[str]
    took: float
    client_seconds: float

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1] * 1000

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.took

    @property
    def client_share(self) -> float:
        return self.client_seconds / self.took

    def __add__(self, other: Load) -> Load:
        return Load(
            self.seconds + other.seconds,
            self.faults + other.faults,
            self.took + other.took,
            self.client_seconds + other.client_seconds,
        )


@dataclass(slots=True)
class _Connection:
    """One user's, kept alive."""

    user: User
    socket: socket.socket
    asked: float = 0.0
    received: bytes = field(default=b"")

    def ask(self) -> None:
        self.received = b""
        self.asked = time.perf_counter()
        self.socket.sendall(self.user.request())

    def answered(self) -> bool:
        """Read what is there; whether the answer is whole. Raises AssertionError for what is no 200, and
        OSError for a connection that the server closed."""
        chunk = self.socket.recv(262144)
        if not chunk:
            raise ConnectionResetError("the server closed the connection")
        self.received += chunk
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return False
        length = _LENGTH.search(head)
        assert length is not None, f"no length: {head!r}"
        if len(body) < int(length[1]):
            return False
        assert head.split(b" ", 2)[1] == b"200", (head + b"\r\n" + body[:300]).decode(errors="replace")
        self.user.take(body)
        return True


def drive(port: int, users: Sequence[User], *, count: int) -> Load:
    """Send `count` requests to 127.0.0.1, one of each user at a time, as fast as they are answered."""
    seconds: list[float] = []
    faults: list[str] = []
    left = count - len(users)
    assert left >= 0, "there are more users than requests"
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(user, _connected(port)) for user in users]
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began, cpu = time.perf_counter(), time.process_time()
        for connection in connections:
            connection.ask()
        while len(seconds) + len(faults) < count:
            ready = selector.select(ANSWER_SECONDS)
            if not ready:
                faults += ["the server does not answer"] * (count - len(seconds) - len(faults))
            for key, _ in ready:
                connection = key.data
                try:
                    if not connection.answered():
                        continue
                    seconds.append(time.perf_counter() - connection.asked)
                except (AssertionError, OSError) as error:
                    faults.append(str(error))
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    connection.socket = _connected(port)
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                if left > 0:
                    left -= 1
                    connection.ask()
                else:  # a server may well close what is idle for long
                    selector.unregister(connection.socket)
        took, used = time.perf_counter() - began, time.process_time() - cpu
        for connection in connections:
            connection.socket.close()
    return Load(seconds, faults, took, used)


def message(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as it goes over the wire; underscores in the names of headers are hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _connected(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
