"""What the job of an analysis needs around it, in an executor."""

from __future__ import annotations

from contextlib import aclosing

from ecg.database import Database
from ecg.jobs.kinds import JobContext
from ecg.library.callbacks import DEFAULT_BASE
from ecg.library.orchestration import Orchestration
from ecg.library.schemas import AnalysisDone
from ecg.library.speech_server import SpeechServer, speech_breaker
from ecg.redis_server import client_alone
from ecg.settings import Settings
from ecg.store import open_store


async def run_analysis(job: JobContext, settings: Settings) -> AnalysisDone:
    """One run of `Orchestration`; raises what that raises."""
    base = settings.fastapi_base_url or DEFAULT_BASE
    store = job.keep("library-store", lambda: open_store(settings, public_url=base))
    database = Database(settings.database, pool_size=1)
    try:
        async with aclosing(client_alone(settings)) as redis:
            server = SpeechServer(settings, speech_breaker(redis, settings))
            return await Orchestration(job, settings, database, store, server).run()
    finally:
        await database.close()
