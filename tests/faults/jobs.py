"""What the run asks the installation: by HTTP as a client, and by SQL where only the rows know."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import select

from ecg.database import Database, Record, table_of
from ecg.jobs.models import CallbackDelivery, Job, Worker
from ecg.jobs.states import State
from ecg.render.tasks import CALIBRATION, RENDER

_JOBS, _WORKERS, _DELIVERIES = table_of(Job), table_of(Worker), table_of(CallbackDelivery)


@dataclass(frozen=True)
class AtWork:
    """A job that a worker has now."""

    job_id: str
    attempt: int
    progress: int
    stage: str | None
    worker_pid: int


class Client:
    """A client that repeats its request until the server answers, as clients do."""

    def __init__(self, url: str) -> None:
        self._http = httpx2.AsyncClient(base_url=url, timeout=20)

    async def close(self) -> None:
        await self._http.aclose()

    async def submit(self, request: dict[str, Any], *, seconds: float = 60) -> httpx2.Response:
        """`POST /render` until there is an answer that is not 5xx."""
        return await self._until_answered("POST", "/render", seconds, json=request)

    async def status(self, job_id: str) -> dict[str, Any]:
        answer = await self._until_answered("GET", f"/api/render/{job_id}/status", 60)
        found: dict[str, Any] = answer.json()
        return found

    async def download(self, url: str) -> bytes:
        answer = await self._http.get(url)
        answer.raise_for_status()
        return answer.content

    async def until_ready(self) -> None:
        """Until the server says that a worker takes jobs."""
        while (await self._until_answered("GET", "/health", 60)).json()["status"] != "ok":
            await asyncio.sleep(0.1)

    async def _until_answered(self, method: str, path: str, seconds: float, **rest: Any) -> httpx2.Response:
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = await self._http.request(method, path, **rest)
                if answer.status_code < 500 or path == "/health":
                    return answer
                trouble = f"{answer.status_code} {answer.text[:200]}"
            except httpx2.TransportError as error:
                trouble = repr(error)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} was not answered within {seconds:g} s: {trouble}")
            await asyncio.sleep(0.1)


class Rows:
    """The tables, read-only."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, pool_size=2)

    async def close(self) -> None:
        await self._database.close()

    async def renders(self) -> Sequence[Record]:
        """All rows of renders."""
        return await self.of_kind(RENDER)

    async def of_kind(self, kind: str) -> Sequence[Record]:
        return await self._all(select(_JOBS).where(_JOBS.c.kind == kind).order_by(_JOBS.c.serial))

    async def all(self) -> Sequence[Record]:
        """All rows of jobs."""
        return await self._all(select(_JOBS).order_by(_JOBS.c.serial))

    async def calibrated(self) -> bool:
        """Whether the machine's speed has been measured, or that has failed."""
        found = await self._all(select(_JOBS.c.state).where(_JOBS.c.kind == CALIBRATION))
        return any(State(row.state).final for row in found)

    async def at_work(self, kind: str = RENDER) -> list[AtWork]:
        query = (
            select(_JOBS.c.job_id, _JOBS.c.attempt, _JOBS.c.progress, _JOBS.c.stage, _WORKERS.c.pid)
            .join(_WORKERS, _WORKERS.c.boot_id == _JOBS.c.boot_id)
            .where(_JOBS.c.kind == kind, _JOBS.c.state == State.PROCESSING.value)
        )
        return [AtWork(*row) for row in await self._all(query)]

    async def deliveries(self) -> Sequence[Record]:
        """All callbacks, in the order in which each job's are to arrive."""
        return await self._all(select(_DELIVERIES).order_by(_DELIVERIES.c.serial))

    async def _all(self, query: Any) -> Sequence[Record]:
        async with self._database.read() as connection:
            return (await connection.execute(query)).all()
