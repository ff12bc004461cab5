"""No request holds the server for longer than it should, by a body that trickles in or by its work."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ecg.errors import TimedOut
from ecg.web.problems import problem_of
from ecg.web.refusals import refusal

STALL_SECONDS = 20.0
"""Nothing of the body came for so long."""
BODY_SECONDS = 120.0
"""For the whole body."""


class Timeouts:
    """ASGI middleware: 408 for bodies that stall, 504 for work that takes too long.

    An answer that has begun may last, for downloads and streams of events do. Paths that begin with one of
    `exempt` keep their own time.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        answer_seconds: float,
        stall_seconds: float = STALL_SECONDS,
        body_seconds: float = BODY_SECONDS,
        exempt: tuple[str, ...] = (),
    ) -> None:
        self.app = app
        self._answer = answer_seconds
        self._stall = stall_seconds
        self._body = body_seconds
        self._exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(self._exempt):
            await self.app(scope, receive, send)
            return
        clock = asyncio.get_running_loop().time
        began = clock()
        reading = False
        whole = False

        async def receive_in_time() -> Message:
            nonlocal reading, whole
            if whole:  # whoever asks now waits for the client to leave
                return await receive()
            reading = True
            limit.reschedule(min(clock() + self._stall, began + self._body))
            message = await receive()
            reading = False
            whole = not message.get("more_body", False)
            limit.reschedule(clock() + self._answer)
            return message

        async def send_and_let_last(message: Message) -> None:
            limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._answer) as limit:
                await self.app(scope, receive_in_time, send_and_let_last)
        except TimeoutError:
            if not limit.expired():
                raise
            await self._refuse(scope, reading)(scope, receive, send)

    def _refuse(self, scope: Scope, reading: bool) -> ASGIApp:
        if reading:
            error = TimedOut("the body did not come in time", hint="send the request again")
            answer = refusal(
                scope, problem_of(error, HTTPStatus.REQUEST_TIMEOUT.value), {"Connection": "close"}
            )
        else:
            answer = refusal(scope, problem_of(TimedOut("this took too long", hint="try again later")))
        return answer
