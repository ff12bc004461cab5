"""How many SQL statements requests cost: counted in a server of this process, where a listener can ask which
statements belong to a request and which to what the server does beside.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import structlog
import uvicorn
from fastapi import FastAPI

from ecg.database import Database
from ecg.gateway import create_app
from ecg.settings import Settings
from http_load import User, drive


def statements_of_requests(settings: Settings, user: User, count: int) -> int:
    """All statements of `count` requests; raises AssertionError when one fails."""
    counted = 0

    def note() -> None:
        nonlocal counted
        counted += "request_id" in structlog.contextvars.get_contextvars()

    app = create_app(settings)
    with _serving(app) as port:
        database: Database = app.state.projects.database
        database.watchers.append(note)
        load = drive(port, [user], count=count)
        assert not load.faults, load.faults[0]
    return counted


@contextlib.contextmanager
def _serving(app: FastAPI) -> Iterator[int]:
    """The port of a server in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        yield int(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
