"""The engine that a camera's settings ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from ecg.database import Database
from ecg.live.analysis.engines.asking import Model
from ecg.live.analysis.engines.base import VisionEngine
from ecg.live.analysis.engines.budget import Budget
from ecg.live.analysis.engines.gemini import GeminiModel
from ecg.live.analysis.engines.local import LocalEngine
from ecg.live.analysis.engines.model import ModelEngine, Surroundings
from ecg.live.analysis.engines.openai import OpenAIModel
from ecg.net.breaker import Breaker
from ecg.redis_server import client_alone
from ecg.settings import Settings

_MODELS: dict[str, type[GeminiModel] | type[OpenAIModel]] = {"gemini": GeminiModel, "openai": OpenAIModel}


def make_model(name: str, settings: Settings) -> Model | None:
    """The model behind an engine's name; None for the engine that has none. Raises EngineNotSet."""
    return _MODELS[name](settings) if name in _MODELS else None


def make_engine(name: str, settings: Settings, tenant_id: str, camera_id: str) -> VisionEngine:
    """Raises EngineNotSet for a model that nobody has set up."""
    model = make_model(name, settings)
    if model is None:
        return LocalEngine()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Surroundings]:
        async with surroundings(model, settings, tenant_id, camera_id) as around:
            yield around

    return ModelEngine(model, settings, opened)


@asynccontextmanager
async def surroundings(
    model: Model, settings: Settings, tenant_id: str, camera_id: str
) -> AsyncIterator[Surroundings]:
    """Budget and breaker, shared with all workers."""
    async with own_database(settings) as database, aclosing(client_alone(settings)) as redis:
        breaker = Breaker(
            redis,
            f"vision-{model.name}",
            failures=settings.vision_breaker_failures,
            open_seconds=settings.vision_breaker_seconds,
            probe_seconds=settings.vision_timeout_seconds + 10,
        )
        yield Surroundings(Budget(database, settings, tenant_id, camera_id), breaker)


@asynccontextmanager
async def own_database(settings: Settings) -> AsyncIterator[Database]:
    """A connection of this process alone, for as long as the block."""
    database = Database(settings.database, pool_size=1)
    try:
        yield database
    finally:
        await database.close()
