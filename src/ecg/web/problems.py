"""The shape of errors (RFC 9457), and which error has which HTTP status.

Messages of our errors are written for clients where the client can do something about it; of the others it
learns the code alone, and the log has the rest under the same request id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field

from ecg.errors import (
    Conflict,
    ConnectionFailed,
    EcgError,
    InputError,
    NotFound,
    OutputError,
    SettingsError,
    StorageError,
    TimedOut,
    TooLarge,
    Unauthorized,
)

MEDIA_TYPE = "application/problem+json"

STATUS: dict[type[EcgError], HTTPStatus] = {
    # the operator's, though they are of the input's family
    SettingsError: HTTPStatus.INTERNAL_SERVER_ERROR,
    OutputError: HTTPStatus.INTERNAL_SERVER_ERROR,
    NotFound: HTTPStatus.NOT_FOUND,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Conflict: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InputError: HTTPStatus.BAD_REQUEST,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
    ConnectionFailed: HTTPStatus.SERVICE_UNAVAILABLE,
    TimedOut: HTTPStatus.GATEWAY_TIMEOUT,
    EcgError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
CODES: dict[int, str] = {
    400: "INVALID_REQUEST",
    401: Unauthorized.code,
    404: NotFound.code,
    405: "METHOD_NOT_ALLOWED",
    413: TooLarge.code,
    422: "INVALID_REQUEST",
    500: EcgError.code,
}
"""Of refusals that do not come from an error of ours."""
ADVICE = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}
"""Headers that belong to a status."""


class Problem(BaseModel):
    """An error as HTTP clients see it."""

    type: str = "about:blank"
    title: str = Field(description="The status in words")
    status: int
    detail: str = Field(description="What happened, to what")
    code: str = Field(description="Stable; programs may switch on it")
    where: str | None = Field(default=None, description="JSON pointer into the body, or the parameter")
    hint: str | None = Field(default=None, description="What to do next")
    request_id: str | None = Field(default=None, description="Names the request in the logs")


ErrorShape = Callable[[Problem], Mapping[str, Any]]
"""How routes of an older contract word an error: its JSON body."""


class Refused(Exception):
    """An error for which the route knows a better status than the table, and headers that go along."""

    def __init__(self, status: int, error: EcgError, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(error))
        self.status = status
        self.error = error
        self.headers = headers


def status_of(error: EcgError) -> int:
    return next(STATUS[kind].value for kind in type(error).__mro__ if kind in STATUS)


def problem_of(error: EcgError, status: int | None = None) -> Problem:
    """What a client may know of an error."""
    status = status or status_of(error)
    title = HTTPStatus(status).phrase
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal_problem(error.code)
    if isinstance(error, StorageError):  # its message may name places of ours
        detail, hint = "what is stored cannot be reached now", "try again later"
        return Problem(title=title, status=status, detail=detail, code=error.code, hint=hint)
    return Problem(
        title=title, status=status, detail=error.message, code=error.code, where=error.where, hint=error.hint
    )


def internal_problem(code: str = EcgError.code) -> Problem:
    return Problem(
        title=HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
        status=500,
        detail="the server failed; its log says why",
        code=code,
        hint="tell the operator the request id",
    )


def plain_problem(status: int, detail: str, **more: str | None) -> Problem:
    """A refusal that is no error of ours: an unknown path, a wrong method, a large body."""
    code = CODES.get(status, f"HTTP_{status}")
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code, **more)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These refusals for a route's OpenAPI `responses`."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }
