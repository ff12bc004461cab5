"""The application that every server of ours begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

import ecg
from ecg.settings import Settings
from ecg.web.body_cap import BodyCap
from ecg.web.callers import Access
from ecg.web.last_resort import LastResort
from ecg.web.problems import ErrorShape, Problem, problems
from ecg.web.refusals import add_refusals
from ecg.web.request_ids import RequestIds
from ecg.web.security_headers import DOCS_PATH, SecurityHeaders
from ecg.web.tickets import Tickets
from ecg.web.unread_bodies import UnreadBodies

MAX_BODY_BYTES = 8 * 1024 * 1024
"""A scenario of 5 MB, and what goes along with it."""
FASTAPIS_OWN = "/HTTPValidationError'"
"""FastAPI documents its own shape of a refused request where a route documents none."""
STORE_PATH = "/files/"
"""Uploads behind signed links say their length there."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_base_app(
    title: str,
    settings: Settings,
    *,
    lifespan: Lifespan | None = None,
    error_shapes: Mapping[str, ErrorShape] | None = None,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> FastAPI:
    """An application with our errors, ids, limits and headers; routers are the caller's.

    `error_shapes`: how paths that begin so word their errors, where an older contract says how.
    """
    app = FastAPI(
        title=title,
        version=ecg.__version__,
        lifespan=lifespan,
        docs_url=DOCS_PATH,
        redoc_url=None,
        middleware=[
            Middleware(RequestIds),
            Middleware(SecurityHeaders),
            Middleware(UnreadBodies),
            Middleware(LastResort),
            Middleware(BodyCap, max_bytes=max_body_bytes, exempt=(STORE_PATH,)),
        ],
    )
    token = settings.service_token
    app.state.settings = settings
    app.state.access = Access(
        token.get_secret_value() if token else None, Tickets(settings.secret("url_signing"))
    )
    add_refusals(app, error_shapes or {})
    _document_problems(app)
    return app


def _document_problems(app: FastAPI) -> None:
    """FastAPI documents its own shape of errors; ours are problems."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = Problem.model_json_schema()
            for operations in document.get("paths", {}).values():
                for operation in operations.values():
                    invalid = operation.get("responses", {}).get("422")
                    if invalid is not None and FASTAPIS_OWN in str(invalid.get("content")):
                        operation["responses"]["422"] = problems(422)[422]
        assert app.openapi_schema is not None  # noqa: S101  # `generate` keeps it
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
