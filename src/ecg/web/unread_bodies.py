"""Whoever is refused before their whole body came is not listened to for ever.

A server that keeps such a connection goes on taking what nobody wants, for as long as it pleases the client.
Closed at once, it would be reset under the answer, and the client never learn why: so the body is read on for
a while first, as nginx does (`lingering_time`, `lingering_timeout`).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER_SECONDS = 30.0
STALL_SECONDS = 5.0
"""It is not waited longer for the next bytes."""


class UnreadBodies:
    """ASGI middleware: refusals (4xx, 5xx) end the connection when more of the body is still to come."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope):
            await self.app(scope, receive, send)
            return
        whole = closing = False

        async def receive_and_note() -> Message:
            nonlocal whole
            message = await receive()
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def read_on(seconds: float) -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not whole:
                        async with asyncio.timeout(STALL_SECONDS):
                            await receive_and_note()

        async def send_and_close(message: Message) -> None:
            nonlocal closing
            if message["type"] == "http.response.start" and message["status"] >= 400:
                await read_on(0)  # what is here already, and most bodies are
                if not whole:
                    closing = True
                    MutableHeaders(scope=message)["Connection"] = "close"
            elif closing and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await read_on(LINGER_SECONDS)
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await self.app(scope, receive_and_note, send_and_close)


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
