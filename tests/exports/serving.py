"""The routes of exports behind a real server, and a stand-in for the render server that behaves and does not.

Tokens are the names of their users.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from standardwebhooks import Webhook
from starlette.requests import HTTPConnection

from ecg.accounts import Principal, principal_of
from ecg.errors import Unauthorized
from ecg.exports.opening import ROUTERS, opened_exports
from ecg.exports.service import Exports
from ecg.jobs.callbacks.signature import Signature, webhook_secret
from ecg.jobs.spine import Spine, open_spine
from ecg.jobs.states import State
from ecg.jobs.view import JobView
from ecg.projects import Projects
from ecg.settings import Settings
from ecg.store import open_store
from ecg.usage.endpoints import router as usage
from ecg.web import create_base_app
from ecg.web.idempotency import Idempotency
from tests.web.serving import serving

TENANTS = {"me": "here", "colleague": "here", "stranger": "elsewhere", "admin": "house"}
TOKEN = "the service token of these tests"
SCENARIO = {"cues": [{"text": "Hello 안녕", "start": 0.0, "end": 30.0}]}
VIDEO = "https://host.example/video.mp4"


class Known:
    """Who the tokens belong to."""

    async def identify(self, token: str) -> Principal:
        if token not in TENANTS:
            raise Unauthorized("the access token is wrong")
        return Principal(token, TENANTS[token], "admin" if token == "admin" else "user")

    async def is_admin(self, user_id: str) -> bool:
        return user_id == "admin"


@dataclass
class RenderStandIn:
    """Speaks the render contract; `mood` says how well."""

    mood: str = "well"
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: int = 0
    tokens: set[str | None] = field(default_factory=set)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def moody(request: Request, answer: Any) -> Response:
            self.calls += 1
            self.tokens.add(request.headers.get("authorization"))
            if self.mood == "failing":
                return JSONResponse({"code": "INTERNAL_ERROR"}, 500)
            if self.mood == "garbage":
                return Response(b"<html>it works!</html>", 200)
            if self.mood == "slow":
                await asyncio.sleep(20)
            if self.mood == "deaf":  # takes the job and loses the answer
                await answer(request)
                return JSONResponse({}, 500)
            return await answer(request)  # type: ignore[no-any-return]

        @app.post("/render")
        async def render(request: Request) -> Response:
            body = await request.json()
            if self.mood == "refusing":
                said = {"code": "INVALID_VIDEO_FORMAT", "detail": "no video", "where": "/videoUrl"}
                return JSONResponse(said, 400)
            known = self.bodies.setdefault(body["jobId"], body)
            assert known == body
            self.states.setdefault(body["jobId"], {"status": "queued"})
            return JSONResponse({"status": "accepted", "job_id": body["jobId"], "estimated_time": 42})

        @app.get("/api/render/{job_id}/status")
        async def status(job_id: str) -> Response:
            found = self.states.get(job_id)
            return JSONResponse(found or {"code": "NOT_FOUND"}, 200 if found else 404)

        @app.post("/api/render/{job_id}/cancel")
        async def cancel(job_id: str) -> Response:
            if job_id not in self.states:
                return JSONResponse({"code": "NOT_FOUND"}, 404)
            self.states[job_id] = {"status": "cancelled", "errorCode": "CANCELLED", "error": "cancelled"}
            return JSONResponse({"success": True, "message": "the job is being stopped"})

        return app


@dataclass(frozen=True)
class Running:
    """An API server with exports. `client` is signed in as me."""

    client: httpx2.AsyncClient
    exports: Exports
    projects: Projects
    spine: Spine
    renderer: RenderStandIn
    settings: Settings

    async def create(self, user: str = "me", key: str | None = None, **more: Any) -> httpx2.Response:
        headers = signed_in(user) | ({"Idempotency-Key": key} if key else {})
        body = {"videoUrl": VIDEO, "scenario": SCENARIO, **more}
        return await self.client.post("/api/render/create", json=body, headers=headers)

    async def created(self, user: str = "me", **more: Any) -> str:
        answer = await self.create(user, **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["jobId"])

    async def status(self, job_id: str, user: str = "me") -> dict[str, Any]:
        answer = await self.client.get(f"/api/render/{job_id}/status", headers=signed_in(user))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def history(self, user: str = "me", **query: Any) -> dict[str, Any]:
        answer = await self.client.get("/api/render/history", headers=signed_in(user), params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def tell(self, job_id: str, status: str, **more: Any) -> httpx2.Response:
        """A callback as the render server sends it."""
        body = httpx2.Request("POST", "http://x", json={"job_id": job_id, "status": status, **more}).content
        headers = Signature(self.settings.secret("callback")).headers(f"msg_{secrets.token_hex(4)}", body)
        return await self.client.post("/api/render/callback", content=body, headers=headers)

    async def live(self, job_id: str, state: State, version: int = 1, **more: Any) -> None:
        """The job's state as its worker writes it."""
        await self.spine.live.write(JobView("service", job_id, "render", state, **more), version)


def signed_in(user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {user}"}


def verify(settings: Settings, body: bytes, headers: dict[str, str]) -> None:
    Webhook(webhook_secret(settings.secret("callback"))).verify(body, headers)


async def caller(connection: HTTPConnection) -> tuple[str, str]:
    who = await principal_of(connection)
    return who.tenant_id, who.user_id


@asynccontextmanager
async def running(folder: Path, **fields: Any) -> AsyncIterator[Running]:
    renderer = RenderStandIn()
    async with serving(renderer.app()) as place:
        settings = Settings(
            _env_file=None,
            **{
                "ECG_DATA_DIR": folder,
                "RENDER_SERVER_URL": f"http://{place}",
                "SERVICE_TOKEN": TOKEN,
                "RENDER_API_TIMEOUT": 10,
                **fields,
            },
        )
        async with open_spine(settings) as spine:
            app = create_base_app("exports", settings, max_body_bytes=16 * 1024 * 1024)
            app.state.identities = Known()
            app.state.projects = projects = Projects(spine.database, settings)
            app.state.usage_database = spine.database
            app.state.idempotency = Idempotency(spine.database, caller)
            for router in (*ROUTERS, usage):
                app.include_router(router)
            store = open_store(settings, public_url="http://127.0.0.1:8000")
            async with (
                opened_exports(app, settings, spine.jobs, spine.redis.client, store) as exports,
                serving(app) as address,
                httpx2.AsyncClient(
                    base_url=f"http://{address}", headers=signed_in("me"), timeout=60
                ) as client,
            ):
                yield Running(client, exports, projects, spine, renderer, settings)
