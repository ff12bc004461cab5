"""Puts accounts together and where their routes find them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis

from ecg.accounts import endpoints, key_endpoints, provider_endpoints
from ecg.accounts.access_tokens import AccessTokens
from ecg.accounts.api_keys import ApiKeys
from ecg.accounts.identities import KnownIdentities
from ecg.accounts.letters import Letters, Send
from ecg.accounts.passwords import Passwords
from ecg.accounts.provider import Provider
from ecg.accounts.provider_login import ProviderLogin
from ecg.accounts.recovery import Recovery
from ecg.accounts.refresh_tokens import RefreshTokens
from ecg.accounts.repetition import Repetition
from ecg.accounts.service import Accounts
from ecg.accounts.throttle import Limiter, Throttle
from ecg.database import Database
from ecg.settings import Settings

DEFAULT_URL = "http://127.0.0.1:8000"

ROUTERS: tuple[APIRouter, ...] = (endpoints.router, key_endpoints.router, provider_endpoints.router)
"""One after the other: FastAPI looks for a route twice in each router that another one includes."""


def access_tokens(settings: Settings) -> AccessTokens:
    """What issues and checks access tokens in this installation."""
    return AccessTokens(settings.secret("token"), life_seconds=settings.access_token_seconds)


def provide(app: FastAPI, settings: Settings, database: Database, redis: Redis | None, send: Send) -> None:
    """Within the application's lifespan: what `ROUTERS` and `dependencies` need. `redis` counts attempts."""
    access = access_tokens(settings)
    refresh = RefreshTokens(database, settings.secret("token"), life_days=settings.refresh_token_days)
    passwords = Passwords()
    throttle = Throttle(Limiter(redis), settings)
    letters = Letters(send, settings.frontend_url or settings.public_url or DEFAULT_URL)
    recovery = Recovery(database, passwords, throttle, letters)
    repetition = Repetition(settings.secret("token"))
    keys = ApiKeys(database, repetition)
    app.state.identities = KnownIdentities(database, access, keys)
    app.state.api_keys = keys
    app.state.recovery = recovery
    app.state.throttle = throttle
    accounts = Accounts(
        database=database,
        passwords=passwords,
        access=access,
        refresh=refresh,
        throttle=throttle,
        recovery=recovery,
        repetition=repetition,
    )
    app.state.accounts = accounts
    app.state.provider_login = None
    if settings.google_client_id:
        address = (settings.public_url or DEFAULT_URL).rstrip("/")
        provider = Provider(settings, redirect_uri=f"{address}{provider_endpoints.PATH}/callback")
        secret = settings.secret("token")
        app.state.provider_login = ProviderLogin(database, accounts, provider, secret)
