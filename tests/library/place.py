"""Everything that an analysis needs, real: an API server, workers, Redis, and a speech server's double."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from ecg.accounts import Principal, principal_of
from ecg.database import Database, migrate
from ecg.errors import Unauthorized
from ecg.jobs.kinds import load_kinds
from ecg.jobs.live.state import LiveState
from ecg.jobs.service import Jobs
from ecg.jobs.waking.wakeups import RedisWakeups
from ecg.jobs.workers.worker import Worker
from ecg.library import ROUTERS, Uploads, provide, speech_breaker
from ecg.library.tasks import QUEUE
from ecg.net.breaker import Breaker
from ecg.settings import Settings
from ecg.store import ObjectStore, open_store
from ecg.store.endpoints import files_router
from ecg.web import create_base_app
from ecg.web.idempotency import Idempotency
from tests.jobs.live_redis import LiveRedis, live_redis
from tests.library.speech_server import SpeechServerDouble
from tests.media.clips import clip

ME = "acme/ann"
PATIENCE_SECONDS = 120.0
"""A busy machine, or a busy disk, may make everything wait."""


class TokensAreNames:
    """`tenant/user` is a token: accounts have tests of their own."""

    async def identify(self, token: str) -> Principal:
        tenant, _, user = token.partition("/")
        if not user:
            raise Unauthorized("the token is wrong")
        return Principal(user_id=user, tenant_id=tenant)

    async def is_admin(self, user_id: str) -> bool:
        return user_id == "admin"


@dataclass
class Place:
    settings: Settings
    http: httpx2.AsyncClient
    store: ObjectStore
    jobs: Jobs
    uploads: Uploads
    speech: SpeechServerDouble
    redis: LiveRedis
    breaker: Breaker
    stack: AsyncExitStack
    workers: list[Worker] = field(default_factory=list)

    async def post(self, path: str, body: object = None, who: str = ME) -> httpx2.Response:
        return await self.http.post(
            f"/api/upload-video{path}", json=body, headers={"Authorization": f"Bearer {who}"}
        )

    async def get(self, path: str, who: str = ME, **query: str) -> httpx2.Response:
        return await self.http.get(
            f"/api/upload-video{path}", params=query, headers={"Authorization": f"Bearer {who}"}
        )

    async def link(self, **fields: Any) -> dict[str, Any]:
        asked = {"file_name": "clip.mp4", "file_type": "video/mp4", **fields}
        answer = await self.post("/generate-url", asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def delete(self, path: str, who: str = ME, **query: str) -> httpx2.Response:
        return await self.http.delete(
            f"/api/upload-video{path}", params=query, headers={"Authorization": f"Bearer {who}"}
        )

    async def put(
        self, link: dict[str, Any], data: bytes | AsyncIterator[bytes], **headers: str
    ) -> httpx2.Response:
        async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            return await client.put(link["upload_url"], content=data, headers={**link["headers"], **headers})

    async def fetch(self, link: str) -> bytes:
        async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client:
            return (await client.get(link)).content

    async def uploaded(self, data: bytes | None = None, **fields: Any) -> str:
        """The file key of an upload that is whole."""
        link = await self.link(**fields)
        answer = await self.put(link, clip("plain").read_bytes() if data is None else data)
        assert answer.status_code == 200, answer.text
        return str(link["file_key"])

    async def process(self, file_key: str, **fields: Any) -> str:
        answer = await self.post("/request-process", {"file_key": file_key, **fields})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["job_id"])

    async def status(self, job_id: str) -> dict[str, Any]:
        answer = await self.get(f"/status/{job_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ended(self, job_id: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        async with asyncio.timeout(seconds):
            while True:
                now = await self.status(job_id)
                if now["status"] in ("completed", "failed"):
                    return now
                await asyncio.sleep(0.02)

    async def hire(self) -> Worker:
        worker = Worker(self.settings, self.jobs, queues=[QUEUE], slots=1)
        task = asyncio.create_task(worker.run())

        async def dismiss() -> None:
            worker.stop()
            await task

        self.stack.push_async_callback(dismiss)
        return worker


@asynccontextmanager
async def place(folder: Path, *, worker: bool = True, **fields: Any) -> AsyncIterator[Place]:
    load_kinds()
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(live_redis())
        api, speech = _listener(), _listener()
        quick = {
            "heartbeat_seconds": 0.2,
            "sweep_seconds": 0.2,
            "stop_seconds": 0.2,
            "analysis_poll_seconds": 0.3,
            "ml_api_timeout": 60.0,
            "lease_seconds": 60.0,
        }
        settings = Settings(
            **{
                "data_dir": folder,
                "redis_url": f"unix://{redis.socket}",
                "model_server_url": _url(speech),
                "fastapi_base_url": _url(api),
                "public_url": _url(api),
                **quick,
                **fields,
            }
        )
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        await migrate(database)
        live = LiveState(redis.client())
        stack.push_async_callback(live.close)
        jobs = Jobs(database, live, RedisWakeups(live))
        store = open_store(settings)
        app = create_base_app("library", settings)
        app.state.identities = TokensAreNames()
        uploads = provide(app, settings, jobs, store)
        for router in (*ROUTERS, files_router(store)):
            app.include_router(router)
        double = SpeechServerDouble(settings.secret("callback"))
        await stack.enter_async_context(_serving(app, api))
        await stack.enter_async_context(_serving(double.app(), speech))
        http = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=_url(api), timeout=PATIENCE_SECONDS)
        )
        app.state.idempotency = Idempotency(database, _owner)
        made = Place(
            settings,
            http,
            store,
            jobs,
            uploads,
            double,
            redis,
            speech_breaker(redis.client(), settings),
            stack,
        )
        if worker:
            await made.hire()
        yield made


async def _owner(connection: HTTPConnection) -> tuple[str, str]:
    who = await principal_of(connection)
    return who.tenant_id, who.user_id


def free_port() -> int:
    """A port where nobody listens."""
    with _listener() as listener:
        return int(listener.getsockname()[1])


def _listener() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # they are the test's


@asynccontextmanager
async def _serving(app: FastAPI, listener: socket.socket) -> AsyncIterator[None]:
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    )
    task = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            assert not task.done()
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
