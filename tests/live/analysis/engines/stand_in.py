"""A server that speaks the wire formats of Gemini and of OpenAI, and misbehaves as it is told.

Only the models are made up: requests come from the true SDKs, over real sockets.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Say:
    """One answer: what the model says (an object becomes JSON), or an error's status and headers."""

    text: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    details: list[Body] = field(default_factory=list)
    """Of a Gemini error."""
    hang: bool = False
    """Never answer; until the server ends."""
    broken: bool = False
    """Answer bytes that are no JSON."""


Model = Callable[[Body], Say]
"""A made-up model: request to answer."""


@dataclass
class StandIn:
    """A running server. Answers are taken from `script` in order; then `model` answers."""

    url: str
    script: list[Say] = field(default_factory=list)
    model: Model = lambda _body: Say({"summary": "Nothing happened.", "incidents": []})
    requests: list[Body] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def answer(self, body: Body) -> Say:
        return self.script.pop(0) if self.script else self.model(body)


@contextmanager
def stand_in() -> Iterator[StandIn]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    place = StandIn(f"http://127.0.0.1:{server.server_port}")
    server.place = place  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield place
    finally:
        place.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        place: StandIn = self.server.place  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        place.requests.append(body)
        place.paths.append(self.path)
        key = self.headers.get("x-goog-api-key") or self.headers.get("Authorization") or ""
        place.keys.append(key.removeprefix("Bearer "))
        say = place.answer(body)
        if say.hang:
            place.ending.wait(60)
            self.close_connection = True
            return
        if say.broken:
            self._send(200, b"<html>a proxy's page</html>", {"Content-Type": "text/html"})
            return
        shape = _gemini if ":generateContent" in self.path else _openai
        self._send(say.status, json.dumps(shape(say)).encode(), say.headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Not to the console."""


def _text(say: Say) -> str:
    return say.text if isinstance(say.text, str) else json.dumps(say.text)


def _gemini(say: Say) -> Body:
    if say.status != 200:
        return {"error": {"code": say.status, "message": "no", "status": "SAID_NO", "details": say.details}}
    return {
        "candidates": [
            {
                "content": {"role": "model", "parts": [{"text": _text(say)}]},
                "finishReason": "STOP",
                "index": 0,
            }
        ],
        "usageMetadata": {"promptTokenCount": 700, "candidatesTokenCount": 77, "totalTokenCount": 777},
        "modelVersion": "made-up",
    }


def _openai(say: Say) -> Body:
    if say.status != 200:
        return {"error": {"message": "no", "type": "said_no", "code": None, "param": None}}
    message = {"role": "assistant", "content": _text(say), "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "made-up",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 700, "completion_tokens": 77, "total_tokens": 777},
    }
