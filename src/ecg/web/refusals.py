"""Turns what a route raises into its answer; the only place where that happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from ecg.errors import EcgError, StorageError
from ecg.web.problems import (
    ADVICE,
    MEDIA_TYPE,
    ErrorShape,
    Problem,
    Refused,
    plain_problem,
    problem_of,
)

log = structlog.get_logger(__name__)

BODILESS = (204, 304)


class DatabaseAway(StorageError):
    code = "DATABASE_UNAVAILABLE"


def add_refusals(app: FastAPI, shapes: Mapping[str, ErrorShape]) -> None:
    """`shapes`: how paths that begin so word their errors."""
    app.state.error_shapes = dict(shapes)
    for kind, handler in (
        (EcgError, _own),
        (Refused, _refused),
        (HTTPException, _http),
        (RequestValidationError, _invalid),
        (WebSocketRequestValidationError, _invalid),
        (OperationalError, _database_away),
        (InterfaceError, _database_away),
        (PoolTimeout, _database_away),
    ):
        app.add_exception_handler(kind, handler)  # type: ignore[arg-type]


def refusal(scope: Scope, problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The answer, in the shape of the path's contract."""
    problem = problem.model_copy(update={"request_id": scope.get("state", {}).get("request_id")})
    headers = {**ADVICE.get(problem.status, {}), **(headers or {})}
    for start, shape in scope["app"].state.error_shapes.items():
        if scope["path"].startswith(start):
            return JSONResponse(shape(problem), problem.status, headers)
    return JSONResponse(problem.model_dump(exclude_none=True), problem.status, headers, media_type=MEDIA_TYPE)


async def _own(connection: HTTPConnection, error: EcgError) -> Response:
    return _answer(connection, error, problem_of(error))


async def _refused(connection: HTTPConnection, refused: Refused) -> Response:
    return _answer(connection, refused.error, problem_of(refused.error, refused.status), refused.headers)


def _answer(
    connection: HTTPConnection, error: EcgError, problem: Problem, headers: Mapping[str, str] | None = None
) -> Response:
    if problem.status >= 500:
        log.error("a request failed", path=connection.url.path, exc_info=error)
    return refusal(connection.scope, problem, headers)


async def _database_away(connection: HTTPConnection, error: Exception) -> Response:
    log.error("the database cannot be reached", path=connection.url.path, error=str(error))
    return refusal(connection.scope, problem_of(DatabaseAway("the database cannot be reached")))


async def _http(connection: HTTPConnection, error: HTTPException) -> Response:
    if error.status_code in BODILESS:
        return Response(status_code=error.status_code, headers=error.headers)
    detail = str(error.detail)
    if error.status_code == 404:
        detail = f"there is nothing at {connection.url.path}"
    elif error.status_code == 405:
        detail = f"{connection.scope.get('method')} does nothing at {connection.url.path}"
    return refusal(connection.scope, plain_problem(error.status_code, detail), error.headers)


async def _invalid(
    connection: HTTPConnection, error: RequestValidationError | WebSocketRequestValidationError
) -> Response:
    return refusal(connection.scope, first_fault(error.errors()))


def first_fault(faults: Sequence[Mapping[str, Any]]) -> Problem:
    """One clear fault of a request; others may follow once it is mended."""
    fault = faults[0]
    part, *path = fault["loc"]
    if fault["type"] == "json_invalid":
        place = f" at character {path[0]}" if path else ""
        return plain_problem(422, f"the body is not JSON: {fault['ctx']['error']}{place}")
    message = fault["msg"].removeprefix("Value error, ")
    if part != "body":
        name = "/".join(str(step) for step in path)
        return plain_problem(422, f"the {part} parameter {name} is wrong: {message}", where=f"{part} {name}")
    if not path:
        hint = "send a JSON object with Content-Type: application/json"
        return plain_problem(422, f"the body is wrong: {message}", hint=hint)
    where = pointer(path)
    return plain_problem(422, f"{where} is wrong: {message}", where=where)


def pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
