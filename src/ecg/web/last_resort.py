"""A mistake of ours is logged with its trace and answered as a 500 that says nothing of it."""

from __future__ import annotations

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecg.web.problems import internal_problem
from ecg.web.refusals import refusal

log = structlog.get_logger(__name__)


class LastResort:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except ClientDisconnect:
            log.debug("a client went away", path=scope["path"])
        except Exception:
            log.exception("a request failed", path=scope["path"])
            if not started:
                await refusal(scope, internal_problem())(scope, receive, send)
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1011})
            # an answer that has begun cannot be taken back: the server cuts the connection
