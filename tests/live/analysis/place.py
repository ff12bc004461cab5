"""Everything that the analysis of recordings needs, real: database, Redis, store, API server and workers."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text

from ecg.database import Database, migrate
from ecg.jobs.kinds import load_kinds
from ecg.jobs.live.state import LiveState
from ecg.jobs.service import Jobs
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.jobs.waking.wakeups import RedisWakeups
from ecg.jobs.workers.worker import Worker
from ecg.live import opening
from ecg.live.analysis.registering import QUEUE, ArchivePayload, register
from ecg.live.archives import repository as archives
from ecg.live.cameras.schemas import AnalysisSettings, NewCamera
from ecg.live.cameras.service import Cameras
from ecg.live.places import places_of
from ecg.settings import Settings
from ecg.store import ObjectStore, open_store
from ecg.store.endpoints import files_router
from ecg.web import create_base_app
from tests.jobs.live_redis import live_redis
from tests.library.place import TokensAreNames, _listener, _serving, _url

TENANT = "acme"
ME = f"{TENANT}/ann"
T0 = 1_773_100_800_000
"""2026-03-10 00:00 UTC."""


@dataclass
class Place:
    settings: Settings
    http: httpx2.AsyncClient
    store: ObjectStore
    database: Database
    jobs: Jobs
    cameras: Cameras
    stack: AsyncExitStack

    async def camera(self, camera_id: str = "hall", tenant_id: str = TENANT, **analysis: Any) -> None:
        await self.cameras.create(
            tenant_id,
            NewCamera(
                id=camera_id,
                name=f"The {camera_id}",
                url="rtsp://camera.example/1",
                enabled=False,
                analysis=AnalysisSettings(**analysis),
            ),
        )

    async def archive(
        self,
        clip: Path,
        camera_id: str = "hall",
        *,
        start: int = T0,
        seconds: float = 60,
        stored: bool = True,
        tenant_id: str = TENANT,
    ) -> ArchivePayload:
        """A closed archive, in the store or on the recording host's disk; not registered yet."""
        archive_id, name = secrets.token_hex(16), f"archive_{secrets.token_hex(4)}.mp4"
        key = f"archives/{tenant_id}/{camera_id}/{name}"
        if stored:
            await asyncio.to_thread(self.store.put_file, key, clip, content_type="video/mp4")
        else:
            folder = places_of(self.settings, tenant_id, camera_id)
            folder.make()
            shutil.copyfile(clip, folder.archive / name)
        end = start + round(seconds * 1000)
        async with self.database.write() as connection:
            await archives.add(
                connection,
                archive_id=archive_id,
                tenant_id=tenant_id,
                camera_id=camera_id,
                file_name=name,
                started_at=start,
                ended_at=end,
                size=clip.stat().st_size,
                host="here",
                store_key=key if stored else None,
                analyse=True,
            )
        return ArchivePayload(
            camera_id=camera_id, archive_id=archive_id, video_path=name, segment_start=start, segment_end=end
        )

    async def register(self, archive: ArchivePayload, tenant_id: str = TENANT) -> str:
        job_id = (await register(self.jobs, tenant_id, archive)).view.job_id
        async with self.database.write() as connection:
            await archives.set_job(connection, tenant_id, archive.archive_id, job_id)
        return job_id

    async def analysed(self, archive: ArchivePayload) -> JobView:
        return await self.ended(await self.register(archive))

    async def ended(self, job_id: str, seconds: float = 270) -> JobView:
        async with asyncio.timeout(seconds):
            while True:
                view = await self.jobs.load(TENANT, job_id)
                if view.state.final:
                    return view
                await asyncio.sleep(0.05)

    async def done(self, archive: ArchivePayload) -> JobView:
        view = await self.analysed(archive)
        assert view.state is State.DONE, (view.error_code, view.error_message)
        return view

    async def get(self, path: str, who: str = ME, **query: Any) -> httpx2.Response:
        return await self.http.get(
            f"/api/live-monitoring{path}", params=query, headers={"Authorization": f"Bearer {who}"}
        )

    async def post(self, path: str, who: str = ME) -> httpx2.Response:
        return await self.http.post(f"/api/live-monitoring{path}", headers={"Authorization": f"Bearer {who}"})

    async def hire(self, name: str = "analyst") -> Worker:
        worker = Worker(self.settings, self.jobs, queues=[QUEUE], slots=1, name=name)
        task = asyncio.create_task(worker.run())

        async def dismiss() -> None:
            worker.stop()
            await task

        self.stack.push_async_callback(dismiss)
        return worker

    async def all(self, statement: str, **values: Any) -> list[Any]:
        async with self.database.read() as connection:
            return list((await connection.execute(text(statement), values)).all())


@asynccontextmanager
async def place(folder: Path, *, worker: bool = True, **fields: Any) -> AsyncIterator[Place]:
    load_kinds()
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(live_redis())
        listener = _listener()
        quick = {"heartbeat_seconds": 0.2, "sweep_seconds": 0.2, "stop_seconds": 0.2}
        address = {"fastapi_base_url": _url(listener), "public_url": _url(listener)}
        settings = Settings(
            **{"data_dir": folder, "redis_url": f"unix://{redis.socket}", **address, **quick, **fields}
        )
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await migrate(database)
        async with database.write() as connection:
            for table in ("archive_analyses", "camera_archives", "cameras", "jobs", "monitoring_events"):
                await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        live = LiveState(redis.client())
        stack.push_async_callback(live.close)
        jobs = Jobs(database, live, RedisWakeups(live))
        store = open_store(settings)
        app = create_base_app("live", settings)
        app.state.identities = TokensAreNames()
        cameras = opening.provide(app, settings, jobs, store, redis.client())
        app.include_router(opening.router)
        app.include_router(files_router(store))
        await stack.enter_async_context(_serving(app, listener))
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=_url(listener), timeout=60))
        made = Place(settings, http, store, database, jobs, cameras, stack)
        if worker:
            await made.hire()
        yield made
