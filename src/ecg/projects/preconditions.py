"""Which versions a change fits on, as the request says: `If-Match` (RFC 9110, 13.1.1), or the body.

The version of a project is its entity tag. A change that fits no more is answered with the current
project, and 412 to `If-Match`, else 409.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header, Request, Response

from ecg.errors import InputError
from ecg.projects.schemas import CONFLICT, ProjectDocument, project_json, with_member
from ecg.projects.views import StaleVersion
from ecg.web import Problem, Refused
from ecg.web.problems import MEDIA_TYPE, problem_of

_TAG = re.compile(r'(?:W/)?"([^"]*)"|([0-9]+)')

IfMatch = Annotated[
    str | None, Header(description="The version that the change was made from, or *", max_length=200)
]


class NoVersion(InputError):
    code = "VERSION_REQUIRED"


@dataclass(frozen=True, slots=True)
class Precondition:
    """`expected`: the versions that the change fits on; None: any. `status` is of the refusal."""

    expected: frozenset[int] | None
    status: int


_STALE_SCHEMA = {
    "title": "StaleProblem",
    "allOf": [
        {"$ref": f"#/components/schemas/{Problem.__name__}"},
        {
            "type": "object",
            "required": ["sync_status", "current"],
            "properties": {
                "sync_status": {"const": CONFLICT},
                "current": {"$ref": f"#/components/schemas/{ProjectDocument.__name__}"},
            },
        },
    ],
}
STALE: dict[int | str, dict[str, Any]] = {
    status: {
        "description": f"The project has moved on; {why}",
        "content": {MEDIA_TYPE: {"schema": _STALE_SCHEMA}},
    }
    for status, why in ((409, "the version was in the body"), (412, "the version was in If-Match"))
}


def precondition(if_match: str | None, version: int | None = None) -> Precondition:
    """Of a change that may come without one."""
    if if_match is None:
        return Precondition(None if version is None else frozenset((version,)), 409)
    if if_match.strip() == "*":
        return Precondition(None, 412)
    tags = (quoted or bare for quoted, bare in _TAG.findall(if_match))
    # a tag that is none of ours fits on nothing
    return Precondition(frozenset(int(tag) for tag in tags if tag.isdecimal() and len(tag) < 10), 412)


def required(if_match: str | None, version: int | None = None) -> Precondition:
    """Of a change that would overwrite: raises Refused (428) when nothing says what it was made from."""
    if if_match is None and version is None:
        error = NoVersion(
            "the change does not say which version it was made from",
            where="header If-Match",
            hint="send If-Match with the version that you read; If-Match: * overwrites any",
        )
        raise Refused(428, error)
    return precondition(if_match, version)


def stale_response(request: Request, stale: StaleVersion, status: int) -> Response:
    """The refusal, with the current project."""
    problem = problem_of(stale, status).model_copy(
        update={"request_id": getattr(request.state, "request_id", None)}
    )
    body = {**problem.model_dump(exclude_none=True), "sync_status": CONFLICT}
    content = with_member(body, "current", project_json(stale.current))
    return Response(content, status, headers=etag(stale.current.version), media_type=MEDIA_TYPE)


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}
