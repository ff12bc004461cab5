"""How the render server is asked: behind a breaker, with our token, its answers never believed unread.

A call that got no answer may have come through: the job's id makes it safe to repeat, here at once where the
server could not be reached, and later by the client.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpcore2
import stamina
import structlog

from ecg.errors import ConnectionFailed, EcgError, FetchRefused, TimedOut
from ecg.exports.refusals import RenderServerAway, RenderServerBroke, RenderServerRefused, RenderServerSlow
from ecg.net import GuardedClient, policy_of
from ecg.net.breaker import Breaker, CircuitOpen
from ecg.net.client import Response
from ecg.net.limits import within
from ecg.net.targets import parse_target
from ecg.settings import Settings

log = structlog.get_logger(__name__)

ATTEMPTS = 3
MOST_BYTES = 1024 * 1024
_OK, _MISSING = 200, 404
_OUR_FAULT = (401, 403)
_LATER = (408, 425, 429)


def render_breaker(redis: Any, settings: Settings) -> Breaker:
    """The breaker before the render server, as all processes share it."""
    return Breaker(
        redis,
        "render",
        failures=settings.render_breaker_failures,
        open_seconds=settings.render_breaker_seconds,
        probe_seconds=settings.render_api_timeout + 10,
    )


class RenderServer:
    """Speaks the render contract. Every call raises RenderServerAway, …Broke, …Slow and …Refused."""

    def __init__(self, settings: Settings, breaker: Breaker) -> None:
        self.breaker = breaker
        self._base = settings.render_server_url.rstrip("/")
        self._timeout = settings.render_api_timeout
        self._client = GuardedClient(policy_of(settings, own_urls=[self._base]), connections=50)
        token = settings.service_token
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}

    async def render(self, body: Mapping[str, Any]) -> int | None:
        """Have it make a video; answers the seconds that it expects to take. The same body twice is one."""
        _, said = await self._call("POST", "/render", json.dumps(body).encode(), attempts=ATTEMPTS)
        seconds = said.get("estimated_time")
        return int(seconds) if isinstance(seconds, (int, float)) else None

    async def status(self, job_id: str) -> dict[str, Any] | None:
        """The contract's status; None when it knows no such job."""
        status, said = await self._call("GET", f"/api/render/{job_id}/status", known=(_OK, _MISSING))
        return None if status == _MISSING else said

    async def cancel(self, job_id: str) -> dict[str, Any] | None:
        """The contract's answer; None when it knows no such job."""
        status, said = await self._call(
            "POST", f"/api/render/{job_id}/cancel", b"{}", attempts=ATTEMPTS, known=(_OK, _MISSING)
        )
        return None if status == _MISSING else said

    async def close(self) -> None:
        await self._client.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        attempts: int = 1,
        known: tuple[int, ...] = (_OK,),
    ) -> tuple[int, dict[str, Any]]:
        with _Worded():
            retries = stamina.retry_context(
                on=_may_pass, attempts=attempts, timeout=None, wait_initial=0.1, wait_max=1, wait_jitter=0.2
            )
            async for attempt in retries:
                with attempt:
                    async with self.breaker.guard():
                        return await within(
                            self._timeout, self._exchange(method, path, content, known), "asking"
                        )
        raise AssertionError  # the last attempt raises

    async def _exchange(
        self, method: str, path: str, content: bytes | None, known: tuple[int, ...]
    ) -> tuple[int, dict[str, Any]]:
        async with self._request(method, path, content) as response:
            text = await _read(response)
        status = response.status_code
        if status in known:
            said = _object(text)
            if said is None and status == _OK:
                raise RenderServerBroke("the render server answers something that nobody understands")
            return status, said or {}
        raise _refusal(status, _object(text) or {})

    @asynccontextmanager
    async def _request(self, method: str, path: str, content: bytes | None) -> AsyncIterator[Response]:
        sent = {"Accept": "application/json", **self._headers}
        if content is not None:
            sent |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        target = parse_target(self._base + path)
        async with self._client.request(
            method, target, sent, content=content, stall_seconds=self._timeout
        ) as response:
            yield response


async def _read(response: Response) -> bytes:
    read = bytearray()
    body: AsyncGenerator[bytes, None] = response.body()
    async with aclosing(body) as pieces:
        async for piece in pieces:
            read += piece
            if len(read) > MOST_BYTES:
                raise RenderServerBroke(f"the render server tells more than {MOST_BYTES} bytes")
    return bytes(read)


def _refusal(status: int, said: dict[str, Any]) -> EcgError:
    """What an answer means that is not one of those expected."""
    if status in _OUR_FAULT:
        log.error("the render server does not accept our SERVICE_TOKEN", status=status)
        return RenderServerAway("the render server does not let this server in", hint="tell the operator")
    if status >= 500 or status in _LATER or status < 400:
        return RenderServerBroke(f"the render server answered {status}", hint="try again later")
    text = {
        name: value if isinstance(value := said.get(name), str) else None
        for name in ("code", "detail", "where", "hint")
    }
    return RenderServerRefused(
        status,
        (text["code"] or "RENDER_ERROR")[:64],
        (text["detail"] or f"the render server answered {status}")[:1000],
        where=text["where"],
        hint=text["hint"],
    )


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _may_pass(error: Exception) -> bool:
    """Whether another try may help; one that took all the time there is does not get it twice."""
    return isinstance(error, ConnectionFailed) and not isinstance(error, CircuitOpen)


def _was_reached(error: EcgError) -> bool:
    never = isinstance(error, CircuitOpen | FetchRefused) or isinstance(
        error.__cause__, httpcore2.ConnectError
    )
    return not never


class _Worded:
    """Errors of the network become those of exports."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, RenderServerAway | RenderServerBroke):
            return
        if isinstance(error, ConnectionFailed | FetchRefused):
            raise RenderServerAway(
                "the render server cannot be reached now", hint=error.hint, reached=_was_reached(error)
            ) from error
        if isinstance(error, TimedOut):
            raise RenderServerSlow(
                "the render server took too long to answer",
                hint="look at the history, or repeat the request with its Idempotency-Key",
            ) from error
