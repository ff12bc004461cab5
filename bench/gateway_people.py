"""Users of the API server, each with a project, an export and an analysis that run, and what they ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ecg.accounts import Principal
from ecg.accounts.administration import Administration
from ecg.accounts.opening import access_tokens
from ecg.captions import formats
from ecg.database import Database, migrate
from ecg.exports.ids import ExportIds
from ecg.jobs.live.state import LiveState
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.library.keys import new_job_id
from ecg.library.tasks import ANALYSIS
from ecg.projects import Projects
from ecg.redis_server import connect
from ecg.settings import Settings
from ecg.web.callers import SERVICE
from http_load import User, message

PASSWORD = "correct horse battery"  # noqa: S105  # of a machine that is gone after the run
CUES = 100


@dataclass(frozen=True, slots=True)
class Person:
    tenant_id: str
    email: str
    token: str
    project_id: str
    export_id: str
    analysis_id: str


async def people(settings: Settings, count: int) -> list[Person]:
    """So many new ones."""
    database = Database(settings.database)
    try:
        await migrate(database)
        administration, projects = Administration(database), Projects(database, settings)
        ids, tokens = ExportIds(settings.secret("url_signing")), access_tokens(settings)
        made, first = [], scenario("first")
        for number in range(count):
            email = f"somebody-{number}@example.com"
            registered = await administration.create_user(email=email, username="Somebody", password=PASSWORD)
            user_id, tenant_id = registered.user.user_id, registered.user.tenant_id
            made.append(
                Person(
                    tenant_id=tenant_id,
                    email=email,
                    token=tokens.issue(Principal(user_id, tenant_id, "user"), life_seconds=7200).text,
                    project_id=await projects.create(tenant_id, user_id, "Talk", first),
                    export_id=ids.new("video", tenant_id, user_id),
                    analysis_id=new_job_id(user_id),
                )
            )
        return made
    finally:
        await database.close()


async def tell_of_jobs(settings: Settings, known: Sequence[Person]) -> None:
    """What workers tell with each heartbeat: a view that nobody renewed for 30 s is not believed."""
    redis = await connect(settings)
    live = LiveState(redis.client)
    told = {
        "frames_processed": 450,
        "frames_dropped": 0,
        "drop_rate": 0.0,
        "memory_peak_mb": 612.3,
        "memory_trend": "stable",
    }
    try:
        for person in known:
            for tenant_id, job_id, kind, details in (
                (SERVICE, person.export_id, "render", told),
                (person.tenant_id, person.analysis_id, ANALYSIS, None),
            ):
                view = JobView(
                    tenant_id=tenant_id,
                    job_id=job_id,
                    kind=kind,
                    state=State.PROCESSING,
                    progress=45,
                    stage="working",
                    message="at work",
                    details=details,
                    attempt=1,
                    seconds_left=12.0,
                    created_at="2026-01-01T00:00:00.000Z",
                    started_at="2026-01-01T00:00:01.000Z",
                )
                await live.write(view, 1)
        assert live.up, "Redis is away"
    finally:
        await live.close()
        await redis.close()


def scenario(word: str) -> dict[str, Any]:
    """Captions of five minutes, as editors have them: with words and their times."""
    cues = [
        {"text": f"{word} and what somebody says in cue {n}", "start": 3 * n, "end": 3 * n + 2.5}
        for n in range(CUES)
    ]
    read = formats.read(json.dumps({"cues": cues}).encode(), name="captions.json")
    made: dict[str, Any] = json.loads(formats.write(read.scenario, "json"))
    return made


class Watching:
    """Polls the state of one job."""

    def __init__(self, person: Person, path: str) -> None:
        self._message = message("GET", path, Authorization=f"Bearer {person.token}")

    def request(self) -> bytes:
        return self._message

    def take(self, body: bytes) -> None:
        assert b'"processing"' in body, body[:300]


class SigningIn:
    def __init__(self, person: Person) -> None:
        body = json.dumps({"email": person.email, "password": PASSWORD}).encode()
        self._message = message("POST", "/api/auth/login", body)

    def request(self) -> bytes:
        return self._message

    def take(self, body: bytes) -> None:
        assert b'"access_token"' in body, body[:300]


@lru_cache
def edited() -> str:
    return json.dumps(scenario("edited"))


class Editing:
    """Saves the whole scenario again and again, as an editor does; each save fits on the one before."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._version = 1
        self._scenario = edited()

    def request(self) -> bytes:
        body = f'{{"version": {self._version}, "scenario": {self._scenario}}}'.encode()
        path = f"/api/projects/{self._person.project_id}"
        return message("PUT", path, body, Authorization=f"Bearer {self._person.token}")

    def take(self, body: bytes) -> None:
        saved = json.loads(body)
        assert saved["version"] == self._version + 1, body
        self._version += 1


OPERATIONS: dict[str, Callable[[Person], User]] = {
    "export": lambda person: Watching(person, f"/api/render/{person.export_id}/status"),
    "analysis": lambda person: Watching(person, f"/api/upload-video/status/{person.analysis_id}"),
    "login": SigningIn,
    "save": Editing,
}
