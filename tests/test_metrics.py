"""What a server tells Prometheus of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from ecg.metrics import HttpMetrics, exposition, make_registry


def served(*requests: tuple[str, str]) -> CollectorRegistry:
    registry = make_registry()
    app = FastAPI()
    app.add_middleware(HttpMetrics, registry=registry)

    @app.get("/things/{name}")
    async def thing(name: str) -> str:
        if name == "missing":
            raise HTTPException(404)
        return name

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def slowly() -> AsyncIterator[bytes]:
            yield b"begun"
            await asyncio.sleep(0.3)
            yield b"ended"

        return StreamingResponse(slowly())

    async def run() -> None:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://ecg.test") as client:
            for method, path in requests:
                await client.request(method, path)

    asyncio.run(run())
    return registry


def count(registry: CollectorRegistry, method: str, route: str, status: str) -> float | None:
    labels = {"method": method, "route": route, "status": status}
    return registry.get_sample_value("ecg_http_request_seconds_count", labels)


def test_answers_are_counted_by_route_and_status() -> None:
    registry = served(("GET", "/things/a"), ("GET", "/things/b"), ("GET", "/things/missing"))
    assert count(registry, "GET", "/things/{name}", "200") == 2
    assert count(registry, "GET", "/things/{name}", "404") == 1


def test_what_clients_invent_makes_no_series() -> None:
    registry = served(("GET", "/nowhere/1"), ("GET", "/nowhere/2"), ("INVENTED", "/things/a"))
    assert count(registry, "GET", "none", "404") == 2
    assert count(registry, "other", "/things/{name}", "405") == 1


def test_a_stream_is_measured_until_it_begins() -> None:
    registry = served(("GET", "/stream"))
    labels = {"method": "GET", "route": "/stream", "status": "200"}
    seconds = registry.get_sample_value("ecg_http_request_seconds_sum", labels)
    assert seconds is not None
    assert seconds < 0.3


def test_the_text_is_what_prometheus_reads() -> None:
    text = exposition(served(("GET", "/things/a"))).decode()
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"ecg_http_request_seconds", "process_resident_memory_bytes", "python_info"} <= names
