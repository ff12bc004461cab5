"""The routes of projects behind a real server on loopback; tokens are the names of their users."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from starlette.requests import HTTPConnection

from ecg.accounts import Principal, principal_of
from ecg.database import Database, migrate
from ecg.errors import Unauthorized
from ecg.projects import History, Projects
from ecg.projects.endpoints import router
from ecg.projects.revision_endpoints import router as revisions
from ecg.settings import Settings
from ecg.web import create_base_app
from ecg.web.idempotency import Idempotency
from tests.web.serving import serving

TENANTS = {"me": "here", "colleague": "here", "stranger": "elsewhere"}


class Known:
    """Who the tokens belong to."""

    async def identify(self, token: str) -> Principal:
        if token not in TENANTS:
            raise Unauthorized("the access token is wrong")
        return Principal(token, TENANTS[token])

    async def is_admin(self, user_id: str) -> bool:  # noqa: ARG002  # nobody is
        return False


async def caller(connection: HTTPConnection) -> tuple[str, str]:
    who = await principal_of(connection)
    return who.tenant_id, who.user_id


@asynccontextmanager
async def project_server(folder: Path, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that is signed in as `me`."""
    chosen = Settings(data_dir=folder, **settings)
    database = Database(chosen.database)
    await migrate(database)
    app = create_base_app("projects", chosen, max_body_bytes=16 * 1024 * 1024)
    app.state.identities = Known()
    app.state.projects = Projects(database, chosen)
    app.state.project_history = History(database, chosen)
    app.state.idempotency = Idempotency(database, caller)
    app.include_router(router)
    app.include_router(revisions)
    try:
        async with (
            serving(app) as address,
            httpx2.AsyncClient(base_url=f"http://{address}", headers=signed_in("me"), timeout=60) as client,
        ):
            yield client
    finally:
        await database.close()


@contextmanager
def project_server_beside(folder: Path) -> Iterator[str]:
    """The address of a server that runs in a thread of its own."""
    started: queue.Queue[str] = queue.Queue()
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def run() -> None:
        async with project_server(folder) as client:
            started.put(str(client.base_url))
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        yield started.get(timeout=60)
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def signed_in(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {user}"}
