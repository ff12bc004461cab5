"""Refusals in the contract's shape, with the id of the job that was asked about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from fastapi import Request

from ecg.web import Problem

PREFIX = "/api/upload-video"

_asked_for: ContextVar[str | None] = ContextVar("asked_for", default=None)


async def note_job_id(request: Request) -> None:
    """Dependency of the contract's routes: remember for refusals which job the request names."""
    named = request.path_params.get("job_id")
    if named is None:
        named = _job_id_in(await request.body())
    _asked_for.set(named)


def _job_id_in(body: bytes) -> str | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    named = content.get("job_id") if isinstance(content, dict) else None
    # what is no text that JSON can carry again is not repeated
    return named[:128] if isinstance(named, str) and named.isprintable() else None


def in_contract_shape(problem: Problem) -> Mapping[str, Any]:
    """`ecg.web.ErrorShape` of these routes."""
    hint = f"; {problem.hint}" if problem.hint else ""
    return {"error": {"code": problem.code, "message": f"{problem.detail}{hint}", "job_id": _asked_for.get()}}
