"""`Idempotency-Key`: a client that got no answer repeats its request, and nothing is made twice.

A router whose POSTs create something says so once:

    router = APIRouter(prefix="/api/render", tags=["exports"], route_class=IdempotentRoute)

The application's state has `idempotency` (an `Idempotency`). The first answer that says yes (2xx) is kept
for a day and given to every repetition, with `Idempotent-Replayed: true`; the same key with another body is a
422, and a repetition while the first is at work a 409. A refusal (4xx) is not kept: the repetition is tried
like a new request. Keys belong to who calls; they are never seen across users.

Where nobody knows how far the first one came, the repetition is that request, begun again: after a failure
(5xx) at once, after a server was killed when `LEASE_SECONDS` are over. Features that must make nothing twice
even then take their ids from `id_of`.

Answers are kept as they are, so routes that answer secrets (new tokens, API keys) do not belong here.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any

import structlog
from fastapi import Depends, Header
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from ecg.database import Database
from ecg.errors import EcgError, InputError
from ecg.web import idempotency_repository as repository
from ecg.web.idempotency_repository import Turn
from ecg.web.problems import Refused, problems, status_of

log = structlog.get_logger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LEASE_SECONDS = 120.0
KEEP_SECONDS = 24 * 3600.0
KEPT_HEADERS = ("content-type", "location", "etag")
PAUSE_SECONDS = 600.0
_KEY = re.compile(r'"?[\x21\x23-\x7e]{1,255}"?')

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Who = Callable[[HTTPConnection], Awaitable[tuple[str, str]]]
"""Tenant and user of a request; raises Unauthorized."""


class KeyReused(InputError):
    code = "IDEMPOTENCY_KEY_REUSED"


class StillAtWork(InputError):
    code = "IDEMPOTENCY_IN_PROGRESS"


class BadIdempotencyKey(InputError):
    code = "INVALID_REQUEST"


class Idempotency:
    """Kept answers on one database."""

    def __init__(self, database: Database, who: Who, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self.database = database
        self._who = who
        self._lease = lease_seconds

    async def once(self, request: Request, key: str, handler: Handler) -> Response:
        """The handler's answer, or the one that it gave before.

        Raises what the handler raises, and Refused: 422 for a key of another request, 409 while that runs.
        """
        if not _KEY.fullmatch(key):
            raise BadIdempotencyKey(
                f"{HEADER} is 1 to 255 visible ASCII characters", where=f"header {HEADER}"
            )
        tenant_id, user_id = await self._who(request)
        asked = repository.Request(
            tenant_id=tenant_id,
            user_id=user_id,
            key_digest=_digest(request.method, request.url.path, key.strip('"')),
            body_digest=_digest(request.url.query, await request.body()),
        )
        turn = await repository.begin(self.database, asked, lease_seconds=self._lease)
        if not isinstance(turn, Turn):
            if turn.body_digest != asked.body_digest:
                raise _another(key)
            if turn.status is None:
                raise _at_work()
            return _again(turn.status, turn.headers, turn.body)
        request.state.idempotency_seed = turn.seed
        try:
            response = await handler(request)
        except BaseException as error:
            await asyncio.shield(self._leave(turn, refused=_status_of(error) < 500))
            raise
        await asyncio.shield(self._keep(turn, response))
        return response

    async def run(self, *, pause_seconds: float = PAUSE_SECONDS) -> None:
        """Remove old answers again and again, until cancelled."""
        while True:
            try:
                async with self.database.write() as connection:
                    await repository.purge(connection)
            except (SQLAlchemyError, OSError) as error:
                log.warning("old answers cannot be removed", error=str(error))
            await asyncio.sleep(pause_seconds)

    async def _keep(self, turn: Turn, response: Response) -> None:
        text = _text_of(response)
        if text is None or not 200 <= response.status_code < 300:
            await self._leave(turn, refused=response.status_code < 500)
            return
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        try:
            await repository.keep(
                self.database,
                turn,
                status=response.status_code,
                headers=json.dumps(headers),
                body=text,
                keep_seconds=KEEP_SECONDS,
            )
        except (SQLAlchemyError, OSError) as error:  # it is done: the client learns so, this time
            log.warning("an answer cannot be kept", error=str(error))

    async def _leave(self, turn: Turn, *, refused: bool) -> None:
        leave = repository.give_up if refused else repository.leave
        try:
            await leave(self.database, turn)
        except (SQLAlchemyError, OSError) as error:
            log.warning("a request cannot be given up; it ends with its lease", error=str(error))


async def documented(
    _key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="Makes a repetition of this request safe: it is answered as the first one was",
        ),
    ] = None,
) -> None:
    """Has OpenAPI show the header."""


class IdempotentRoute(APIRoute):
    """A route whose POSTs heed `Idempotency-Key`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if "POST" in (options.get("methods") or ()):
            options["dependencies"] = [*(options.get("dependencies") or ()), Depends(documented)]
            options["responses"] = {**problems(400, 409, 422), **(options.get("responses") or {})}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or request.method != "POST":
                return await handler(request)
            idempotency: Idempotency = request.app.state.idempotency
            return await idempotency.once(request, key, handler)

        return handle


def id_of(request: Request) -> str | None:
    """An id (32 hex digits) that is the same when this request is begun again; None without a key."""
    seed: str | None = getattr(request.state, "idempotency_seed", None)
    return seed


def _status_of(error: BaseException) -> int:
    """Of the answer that an error becomes."""
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, EcgError):
        return status_of(error)
    if isinstance(error, HTTPException):
        return error.status_code
    return 422 if isinstance(error, RequestValidationError) else 500


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def _text_of(response: Response) -> str | None:
    """The body; None for one that is no text, or that streams."""
    body = getattr(response, "body", None)
    if body is None:
        return None
    try:
        text: str = bytes(body).decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text  # PostgreSQL keeps no zero characters


def _again(status: int, headers: str, body: str) -> Response:
    return Response(body, status, {**json.loads(headers), REPLAYED: "true"})


def _another(key: str) -> Refused:
    error = KeyReused(
        f"the key {key!r} belongs to another request",
        where=f"header {HEADER}",
        hint="repeat the very same request, or take another key",
    )
    return Refused(422, error)


def _at_work() -> Refused:
    error = StillAtWork("the first request with this key is still at work", hint="repeat it a little later")
    return Refused(409, error, headers={"Retry-After": "1"})
