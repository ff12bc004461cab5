"""A client that does not give up: while the server is away it repeats, and every repetition is safe."""

from __future__ import annotations

import secrets
import threading
import time

import httpx2

PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 200.0
"""More than the lease of a request whose server was killed (`ecg.web.idempotency`)."""
_WORTH_REPEATING = {502, 503, 504}


class Persistent(httpx2.BaseTransport):
    """Repeats what was not answered, and what the server was not able to do just now. Any other 5xx is an
    answer: the server may be away for a while, and must not break.

    POSTs get an `Idempotency-Key`, the same in every try. `repeated` says why each repetition was due.
    """

    def __init__(self) -> None:
        self._transport = httpx2.HTTPTransport()
        self.repeated: list[str] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        if request.method == "POST":
            request.headers.setdefault("Idempotency-Key", secrets.token_hex(16))
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = self._transport.handle_request(request)
                response.read()
                trouble = _trouble(response)
                if trouble is None:
                    return response
            except httpx2.TransportError as error:
                if time.monotonic() > deadline:
                    raise
                trouble = type(error).__name__
            if time.monotonic() > deadline:
                return response
            with self._lock:
                self.repeated.append(f"{request.method} {request.url.path}: {trouble}")
            time.sleep(PAUSE_SECONDS)

    def close(self) -> None:
        self._transport.close()


def _trouble(response: httpx2.Response) -> str | None:
    """Why it is asked again, or None."""
    if response.status_code in _WORTH_REPEATING:
        return f"{response.status_code} {response.text[:200]}"
    if response.status_code == httpx2.codes.CONFLICT and "IDEMPOTENCY_IN_PROGRESS" in response.text:
        return "the first try is still at work"
    return None
