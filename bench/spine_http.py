"""Clients that poll, so small that they do not eat what they measure: bare sockets, requests made once."""

from __future__ import annotations

import heapq
import itertools
import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Polled:
    """`seconds` of each answer; `client_share` is how much of one core the clients took."""

    seconds: list[float]
    per_second: float
    client_share: float

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[percent - 1] * 1000


class _Connection:
    """One that is kept alive, with one request on its way at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.asked = 0.0
        """When the answer was due to be asked for: a late client is no excuse for the server."""
        self._received = b""

    def answered(self) -> bool:
        """Read what is there; whether the answer is whole. Raises what is no 200."""
        self._received += self.socket.recv(65536)
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return False
        status = head.split(b" ", 2)[1]
        assert status == b"200", self._received.decode(errors="replace")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return False
        self._received = b""
        return True


def poll(port: int, paths: Sequence[str], *, count: int, connections: int, per_second: float = 0) -> Polled:
    """`count` polls of the paths in turn; as fast as they are answered, or `per_second` in all."""
    requests = itertools.cycle([f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths])
    seconds: list[float] = []
    with selectors.DefaultSelector() as selector:
        idle = [_Connection(port) for _ in range(connections)]
        for connection in idle:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began, cpu = time.perf_counter(), time.process_time()
        due = [began + number / per_second if per_second else began for number in range(count)]
        heapq.heapify(due)
        while len(seconds) < count:
            now = time.perf_counter()
            while idle and due and due[0] <= now:
                connection = idle.pop()
                planned = heapq.heappop(due)
                connection.asked = planned if per_second else now
                connection.socket.sendall(next(requests))
            wait = max(0.0, due[0] - now) if idle and due else ANSWER_SECONDS
            ready = selector.select(wait)
            assert ready or wait < ANSWER_SECONDS, "the server does not answer"
            now = time.perf_counter()
            for key, _ in ready:
                if key.data.answered():
                    seconds.append(now - key.data.asked)
                    idle.append(key.data)
        took = time.perf_counter() - began
        share = (time.process_time() - cpu) / took
        for connection in idle:
            connection.socket.close()
    return Polled(seconds, count / took, share)
