"""What Prometheus reads from a server: a registry for each application, and how long its answers take.

What a feature counts lies in the feature (the spine in `ecg.jobs.monitoring`); here is what all share.
"""

from __future__ import annotations

import time

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def make_registry() -> CollectorRegistry:
    """A registry that knows the process: CPU, memory, open files, collections of garbage."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry) -> bytes:
    """All metrics in Prometheus' text format; its media type is `CONTENT_TYPE`."""
    return generate_latest(registry)


class HttpMetrics:
    """ASGI middleware: `ecg_http_request_seconds` by method, route and status, until the answer begins.

    Until it begins, for a stream of events may last for hours. The route is the template
    (`/api/v1/jobs/{job_id}/`), so that clients cannot make series by inventing paths; requests that match no
    route share one.
    """

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry) -> None:
        self._app = app
        self._seconds = Histogram(
            "ecg_http_request_seconds",
            "Time until an answer begins.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._observe(scope, str(message["status"]), time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, watched)

    def _observe(self, scope: Scope, status: str, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "none")
        self._seconds.labels(method, route, status).observe(seconds)
