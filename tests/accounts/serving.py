"""The routes of accounts behind a real server on loopback, and a mailbox instead of the post."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis

from ecg.accounts import CurrentAdmin, CurrentUser
from ecg.accounts.opening import ROUTERS, provide
from ecg.database import Database, migrate
from ecg.settings import Settings
from ecg.web import create_base_app
from tests.web.serving import serving

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Letter:
    to: str
    template: str
    locale: str
    values: Mapping[str, str]
    dedupe_key: str
    tenant_id: str

    @property
    def token(self) -> str:
        return parse_qs(urlsplit(self.values["link"]).fragment)["token"][0]


@dataclass
class Mailbox:
    """Where messages go in these tests; `ecg.messages` has tests of its own."""

    letters: list[Letter] = field(default_factory=list)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(
        self,
        *,
        tenant_id: str,
        channel: str,
        to: str,
        template: str,
        locale: str,
        values: Mapping[str, str],
        dedupe_key: str,
    ) -> None:
        assert channel == "email"
        async with self._came:
            self.letters.append(Letter(to, template, locale, values, dedupe_key, tenant_id))
            self._came.notify_all()

    async def next(self, address: str, template: str, *, after: int = 0) -> Letter:
        """The letter that comes after so many; some are sent when the request was answered already."""
        async with asyncio.timeout(60), self._came:
            await self._came.wait_for(lambda: len(self.to(address, template)) > after)
            return self.to(address, template)[after]

    def to(self, address: str, template: str) -> list[Letter]:
        return [letter for letter in self.letters if (letter.to, letter.template) == (address, template)]


@dataclass(frozen=True)
class Running:
    """A server with accounts; `http` keeps no cookies, so that each test sends what it means to."""

    http: httpx2.AsyncClient
    app: FastAPI
    database: Database
    mailbox: Mailbox
    settings: Settings

    async def post(self, path: str, body: object = None, **headers: str) -> httpx2.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(f"/api/auth{path}", json=body, headers=sent)

    async def sign_up(self, email: str | None = None, **more: Any) -> SignedUp:
        email = email or f"{secrets.token_hex(6)}@example.com"
        answer = await self.post(
            "/signup", {"username": "Somebody", "email": email, "password": PASSWORD, **more}
        )
        assert answer.status_code == 201, answer.text
        return SignedUp(email, answer)

    async def log_in(self, email: str, password: str = PASSWORD) -> httpx2.Response:
        return await self.post("/login", {"email": email, "password": password})

    async def refresh(self, token: str, **headers: str) -> httpx2.Response:
        return await self.post("/refresh", cookie=f"refresh_token={token}", **headers)

    async def get(self, path: str, token: str | None = None) -> httpx2.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await self.http.get(path, headers=headers)


@dataclass(frozen=True)
class SignedUp:
    email: str
    answer: httpx2.Response

    @property
    def access(self) -> str:
        return str(self.answer.json()["access_token"])

    @property
    def refresh(self) -> str:
        return cookie_of(self.answer)

    @property
    def user(self) -> dict[str, Any]:
        found: dict[str, Any] = self.answer.json()["user"]
        return found

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.access}"}


def cookie_of(answer: httpx2.Response) -> str:
    """The refresh token that the answer sets."""
    first = answer.headers["set-cookie"].split(";")[0]
    name, _, value = first.partition("=")
    assert name == "refresh_token"
    return str(value)


class _NoCookies(httpx2.Cookies):
    """Keeps none."""

    def extract_cookies(self, response: httpx2.Response) -> None:
        pass


@asynccontextmanager
async def running(folder: Path, *, redis: Redis | None = None, **fields: Any) -> AsyncIterator[Running]:
    settings = Settings(_env_file=None, **{"ECG_DATA_DIR": folder, **fields})
    database = Database(settings.database)
    mailbox = Mailbox()
    app = create_base_app("accounts", settings)
    for router in ROUTERS:
        app.include_router(router)
    add_probes(app)
    try:
        await migrate(database)
        provide(app, settings, database, redis, mailbox.send)
        async with (
            serving(app) as address,
            httpx2.AsyncClient(base_url=f"http://{address}", timeout=60) as http,
        ):
            http.cookies = _NoCookies()
            yield Running(http, app, database, mailbox, settings)
    finally:
        await database.close()


def shared(folder: Path, **fields: Any) -> AbstractAsyncContextManager[Running]:
    """A server for many tests: none is refused for how many there were before."""
    limits: dict[str, Any] = {"SIGNUPS_PER_HOUR": 100_000, "LOGIN_FAILURES": 1000}
    return running(folder, FRONTEND_URL="https://editor.example/app", **limits, **fields)


def add_probes(app: FastAPI) -> None:
    """Routes as other features have them."""

    @app.get("/things", tags=["things"])
    @app.post("/things", tags=["things"])
    async def things(who: CurrentUser) -> dict[str, str | None]:
        return {"user": who.user_id, "tenant": who.tenant_id, "role": who.role, "key": who.key_id}

    inner = APIRouter(prefix="/parts", tags=["parts"])
    outer = APIRouter()

    @inner.get("/{part_id}")
    async def part(part_id: str, who: CurrentUser) -> str:
        return part_id + who.user_id

    outer.include_router(inner)
    app.include_router(outer)

    @app.get("/admin", tags=["administration"])
    async def admin(who: CurrentAdmin) -> dict[str, str]:
        return {"user": who.user_id}
