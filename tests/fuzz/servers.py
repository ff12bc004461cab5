"""The servers that are asked, as they run in production but for their workers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from schemathesis.specs.openapi.schemas import OpenApiSchema

from ecg.accounts import Principal
from ecg.accounts.administration import Administration
from ecg.accounts.opening import access_tokens
from ecg.database import Database, migrate
from ecg.processes import running
from ecg.settings import Settings
from tests.fuzz.asking import read_document
from tests.services.starting import free_port, says, until_ready

TOKEN = "the service token of these tests"
READY_SECONDS = 120.0


@dataclass(frozen=True)
class Asked:
    """A server's document, and the headers of somebody who may do everything."""

    document: OpenApiSchema
    headers: Mapping[str, str]


@contextlib.contextmanager
def api_server(folder: Path) -> Iterator[Asked]:
    """With the render server beside it, and nobody who works for them; for an administrator whom no limit
    stops."""
    ports = {"api": free_port(), "render": free_port()}
    settings = settings_in(
        folder,
        FASTAPI_BASE_URL=_url(ports["api"]),
        RENDER_SERVER_URL=_url(ports["render"]),
        LOGIN_FAILURES=10**6,
        SIGNUPS_PER_HOUR=10**6,
        RENDER_REQUESTS_PER_MINUTE=10**6,
        RENDER_QUOTA_DAILY=10**6,
        RENDER_QUOTA_MONTHLY=10**6,
        RENDER_QUOTA_CONCURRENT=10**6,
        RENDER_QUOTA_MINUTES=10**6,
        MAX_OPEN_UPLOADS=10**6,
        MAX_PROJECTS=10**6,
    )
    token = asyncio.run(_administrator(settings))
    with served(ports, settings):
        yield Asked(read_document(_url(ports["api"])), {"Authorization": f"Bearer {token}"})


@contextlib.contextmanager
def speech_server(folder: Path) -> Iterator[Asked]:
    port = free_port()
    with served({"speech": port}, settings_in(folder)):
        yield Asked(read_document(_url(port)), {"Authorization": f"Bearer {TOKEN}"})


@contextlib.contextmanager
def served(ports: Mapping[str, int], settings: Settings) -> Iterator[None]:
    """`ecg serve` without workers, each in a process of its own: what a server draws by chance is no business
    of those who make the requests."""
    known = {str(field.alias) for field in Settings.model_fields.values()}
    inherited = {key: value for key, value in os.environ.items() if key not in known}
    environment = {**inherited, **settings.as_environment()}
    with contextlib.ExitStack() as stack:
        processes = {}
        for name, port in ports.items():
            file = stack.enter_context(_log(settings, name).open("wb"))
            command = [sys.executable, "-m", "ecg", "serve", name, "--port", str(port), "--workers", "0"]
            processes[name] = stack.enter_context(
                running(command, env=environment, cwd=settings.data_dir, stdout=file, stderr=file)
            )
        for name, process in processes.items():
            log = _log(settings, name)
            until_ready(name, process, log, partial(says, log, "server listens"), seconds=READY_SECONDS)
        yield


def _log(settings: Settings, name: str) -> Path:
    return settings.data_dir / f"{name}.log"


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def settings_in(folder: Path, **fields: Any) -> Settings:
    known = {"ECG_DATA_DIR": folder, "SERVICE_TOKEN": TOKEN, "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8"}
    return Settings(_env_file=None, **{**known, **fields})


async def _administrator(settings: Settings) -> str:
    """An access token that outlives the run."""
    database = Database(settings.database)
    try:
        await migrate(database)
        made = await Administration(database).create_user(
            email="admin@example.com", username="Somebody", password="correct horse battery", role="admin"
        )
    finally:
        await database.close()
    who = Principal(made.user.user_id, made.user.tenant_id, "admin")
    return access_tokens(settings).issue(who, life_seconds=24 * 3600).text
