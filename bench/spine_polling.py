"""Status polls and events of one server process: idle, and while two renders use all cores.

The server is the real one, with its worker and two true renders. Polls go over HTTP on connections that are
kept alive, as fast as they are answered and then at a steady pace; these clients are as nice as the server
(0), the renders' executors are at 10. Events are written as a worker writes them and received by WebSocket;
both ends read one clock. Statements are counted in a second server on the same database, where a listener
can ask which of them belong to a request.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from rich.console import Console
from rich.table import Table
from sqlalchemy import event
from websockets.asyncio.client import connect

from clip import clip
from ecg.database import Database
from ecg.jobs.live.state import LiveState
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.redis_server import connect as connect_redis
from ecg.render.server import create_app
from ecg.settings import Settings
from render import SCENARIOS
from spine_http import Polled, poll
from spine_places import place, run
from spine_server import Server, render_server, video_host

POLLS_COUNTED = 1000
FAST, FAST_CONNECTIONS = 6000, 8
STEADY, PER_SECOND, STEADY_CONNECTIONS = 1000, 200.0, 20
P99_BAR_MS = 50.0
EVENTS, EVENT_JOBS, EVENT_PAUSE = 400, 4, 0.01
EVENT_BAR_MS = 100.0
TENANT = "service"
RENDERS = ("render-1", "render-2")
MINE = ("held", "finished")


def measure(console: Console, _servers: dict[str, str | None]) -> bool:
    """Print the tables; False when a bar is missed."""
    video = clip(720)
    with (
        place(None, max_concurrent_jobs=2, ALLOWED_PRIVATE_NETWORKS="127.0.0.0/8") as settings,
        render_server(settings) as server,
        video_host(video.parent) as host,
    ):
        _submit_mine(server, settings.data_dir)
        idle = _phase(server, settings, MINE)
        counted = _count_statements(settings)
        (settings.data_dir / "go").touch()
        server.until("held", done=True)
        for name in RENDERS:
            body = {"jobId": name, "videoUrl": f"{host}/{video.name}", "scenario": SCENARIOS["animated"]()}
            server.post("/render", body)
        for name in RENDERS:
            server.until(name, progress=5, seconds=120)
        loaded = _phase(server, settings, (*RENDERS, "finished"))
        still = [server.get(f"/api/v1/jobs/{name}/") for name in RENDERS]
        for name in RENDERS:
            server.post(f"/api/render/{name}/cancel")
    good = _show(console, {"idle": idle, "two renders": loaded})
    if not all(Server.is_running(job) for job in still):
        console.print("MISSED: a render ended before the measurement did")
        good = False
    met = "ok" if counted == 0 else "MISSED"
    console.print(f"SQL statements of {POLLS_COUNTED:,} polls of running and finished jobs: {counted} {met}")
    return good and counted == 0


Phase = tuple[Polled, Polled, list[float]]


def _phase(server: Server, settings: Settings, jobs: tuple[str, ...]) -> Phase:
    fast = poll(server.port, _paths(jobs), count=FAST, connections=FAST_CONNECTIONS)
    steady = poll(
        server.port, _paths(jobs), count=STEADY, connections=STEADY_CONNECTIONS, per_second=PER_SECOND
    )
    return fast, steady, run(_events(server, settings))


def _paths(jobs: tuple[str, ...]) -> list[str]:
    return [path for job in jobs for path in (f"/api/render/{job}/status", f"/api/v1/jobs/{job}/")]


def _submit_mine(server: Server, folder: Path) -> None:
    """One job that runs until it is let go, and one that is finished."""
    for name, file in (("held", folder / "go"), ("finished", Path("/"))):
        payload = {"file": str(file), "text": name}
        server.post("/api/v1/jobs/", {"kind": "bench-hold", "job_id": name, "payload": payload})
    server.until("held")
    server.until("finished", done=True)


async def _events(server: Server, settings: Settings) -> list[float]:
    """Seconds from the write of each event to its arrival at a WebSocket client."""
    redis = await connect_redis(settings)
    live = LiveState(redis.client)
    names = [f"watched-{secrets.token_hex(4)}" for _ in range(EVENT_JOBS)]
    for name in names:
        await live.write(_view(name, 0), 0)
    taken: list[float] = []
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        joined = [asyncio.Event() for _ in names]
        for name, here in zip(names, joined, strict=True):
            group.create_task(_watch(server.port, name, here, taken))
        for here in joined:
            await here.wait()
        for number in range(1, EVENTS + 1):
            await live.write(_view(names[number % EVENT_JOBS], number), number)
            await asyncio.sleep(EVENT_PAUSE)
        for name in names:
            await live.write(_view(name, EVENTS + 1, State.DONE), EVENTS + 1)
    await live.close()
    await redis.close()
    assert len(taken) == EVENTS, f"{len(taken)} of {EVENTS} events arrived"
    return taken


async def _watch(port: int, name: str, here: asyncio.Event, taken: list[float]) -> None:
    async with connect(f"ws://127.0.0.1:{port}/api/v1/jobs/{name}/ws/", proxy=None) as socket:
        async for message in socket:
            now = time.monotonic()
            job = json.loads(message)["job"]
            if job["details"]["number"] == 0:
                here.set()
            elif job["status"] == State.PROCESSING:
                taken.append(now - job["details"]["written"])


def _view(name: str, number: int, state: State = State.PROCESSING) -> JobView:
    details: dict[str, Any] = {"number": number, "written": time.monotonic()}
    return JobView(tenant_id=TENANT, job_id=name, kind="bench-hold", state=state, details=details)


def _count_statements(settings: Settings) -> int:
    """Statements that belong to requests, of so many polls."""
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += "request_id" in structlog.contextvars.get_contextvars()

    with _server_in_thread(settings) as (port, database):
        event.listen(database.engine.sync_engine, "before_cursor_execute", count)
        poll(port, ["/queue/status"], count=1, connections=1)
        assert counted > 0, "the listener does not hear"
        counted = 0
        poll(port, _paths(MINE), count=POLLS_COUNTED, connections=2)
    return counted


@contextlib.contextmanager
def _server_in_thread(settings: Settings) -> Iterator[tuple[int, Database]]:
    app = create_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1], app.state.jobs.database
    finally:
        server.should_exit = True
        thread.join()


def _show(console: Console, phases: dict[str, Phase]) -> bool:
    table = Table(title="status polls of one server process, and events by WebSocket (milliseconds)")
    for column in ("machine", "what", "a second", "p50", "p99", "bar", "clients' CPU"):
        table.add_column(column, justify="left" if column in ("machine", "what") else "right")
    good = True
    for name, (fast, steady, events) in phases.items():
        ways = {f"polls, {FAST_CONNECTIONS} at once": fast, f"polls, {PER_SECOND:g} a second": steady}
        for way, polled in ways.items():
            met = polled.percentile(99) <= P99_BAR_MS
            good &= met
            bar = f"{P99_BAR_MS:g} {'ok' if met else 'MISSED'}"
            times = [f"{polled.percentile(percent):.2f}" for percent in (50, 99)]
            table.add_row(name, way, f"{polled.per_second:.0f}", *times, bar, f"{polled.client_share:.0%}")
        cuts = statistics.quantiles(events, n=100)
        met = cuts[98] * 1000 <= EVENT_BAR_MS
        good &= met
        bar = f"{EVENT_BAR_MS:g} {'ok' if met else 'MISSED'}"
        table.add_row(name, "events", "", f"{cuts[49] * 1000:.2f}", f"{cuts[98] * 1000:.2f}", bar, "")
        table.add_section()
    console.print(table)
    return good
