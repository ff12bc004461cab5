"""Whether the API server is ready, and whether the servers that it asks are asked at present."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from ecg.jobs.monitoring.health import Health, HealthChecks
from ecg.net.breaker import Breaker

router = APIRouter(tags=["operation"])


class BreakerHealth(BaseModel):
    """open: its server failed too often and is not asked; half-open: the next call finds out."""

    state: Literal["closed", "open", "half-open"]
    failures: int
    """In a row."""
    retry_seconds: float | None
    """Until the server is asked again; null while it is."""


class GatewayHealth(Health):
    breakers: dict[str, BreakerHealth]
    """``speech`` and ``render``."""


class GatewayChecks:
    """What every server of jobs needs, and the breakers.

    An open breaker is degraded, not unavailable: signing in, editing and looking go on.
    """

    def __init__(self, checks: HealthChecks, breakers: Sequence[Breaker]) -> None:
        self._checks = checks
        self._breakers = breakers

    async def look(self) -> GatewayHealth:
        found, states = await asyncio.gather(
            self._checks.look(), asyncio.gather(*(breaker.status() for breaker in self._breakers))
        )
        breakers = {
            breaker.name: BreakerHealth(**asdict(state))
            for breaker, state in zip(self._breakers, states, strict=True)
        }
        away = [f"{name} server" for name, breaker in breakers.items() if breaker.state != "closed"]
        status = "degraded" if away and found.status == "ok" else found.status
        return GatewayHealth(
            status=status,
            ready=found.ready,
            broken=[*found.broken, *away],
            checks=found.checks,
            breakers=breakers,
        )


@router.get("/health", responses={503: {"model": GatewayHealth, "description": "Not ready: see `broken`."}})
async def health(request: Request, response: Response) -> GatewayHealth:
    """Alive and ready, or what is broken. Needs no token."""
    checks: GatewayChecks = request.app.state.health
    found = await checks.look()
    response.status_code = 200 if found.ready else 503
    return found
