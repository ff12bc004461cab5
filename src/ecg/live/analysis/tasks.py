"""The kinds of jobs of analysis. What looks is imported by the functions: others only need the kinds."""

from __future__ import annotations

from pydantic import BaseModel

from ecg.jobs.kinds import JobContext, Later, Need, Retry, job_kind
from ecg.live.analysis.registering import KIND, QUEUE, QUICK_LOOK, ArchivePayload, QuickLookPayload
from ecg.settings import load_settings

NEED_MB = 350.0
"""Measured with recordings of 1080p (bench/vision.py)."""
SLOWEST = 3.0
"""How many times its length an archive may take to be looked at before the job is stopped."""
ASIDE_SECONDS = 300.0
PAUSES = (5.0, 30.0, 120.0, 600.0)
LOOKS_LOST = 100
"""Workers that may die under one camera's looks, which go on for months."""


class ArchiveAnalysed(BaseModel):
    """What the job answers; the whole result is among the analyses of the camera."""

    archive_id: str
    safety_score: int
    incident_count: int
    engine: str
    note: str | None = None


def _deadline(payload: ArchivePayload) -> float:
    settings = load_settings()
    seconds = max(0.0, (payload.segment_end - payload.segment_start) / 1000)
    asking = settings.vision_attempts * 2 * settings.vision_timeout_seconds
    return settings.fetch_timeout_seconds + SLOWEST * seconds + asking + ASIDE_SECONDS


@job_kind(
    KIND,
    queue=QUEUE,
    deadline=_deadline,
    retry=Retry(attempts=5, pauses=PAUSES),
    need=lambda _payload: Need(memory_mb=NEED_MB),
    work=lambda payload: (payload.segment_end - payload.segment_start) / 1000,
)
def archive_analysis(job: JobContext, payload: ArchivePayload) -> ArchiveAnalysed:
    """Analyse one archive, exactly once; wait without a worker while a model is busy or away.

    Raises what finding, fetching and looking raise.
    """
    from ecg.live.analysis.engines.base import AWAY, pause_of
    from ecg.live.analysis.run import AnalysisRun
    from ecg.memory_meter import MemoryMeter
    from ecg.store import open_store

    settings = load_settings()
    store = job.keep("store", lambda: open_store(settings))
    with MemoryMeter() as memory:
        run = AnalysisRun(job, payload, settings, store, memory)
        result = run.known()
        if result is None:
            found = run.find()
            try:
                engine, wishes = run.engine_of(found)
                footage = run.fetch(found)
                seen = run.look(footage, engine, wishes)
            except AWAY as error:
                if _young(payload, settings.vision_patience_hours):
                    raise Later(pause_of(error)) from error
                raise
            result = run.keep(footage, seen)
    return ArchiveAnalysed(
        archive_id=payload.archive_id,
        safety_score=result.safety_score,
        incident_count=len(result.incidents),
        engine=result.engine,
        note=result.note,
    )


class QuickLookEnded(BaseModel):
    """Why a camera is not looked at by this job any more."""

    reason: str


@job_kind(
    QUICK_LOOK,
    queue=QUEUE,
    deadline=lambda _payload: load_settings().vision_timeout_seconds * 3 + ASIDE_SECONDS,
    retry=Retry(attempts=LOOKS_LOST, pauses=(5.0, 30.0)),
    need=lambda _payload: Need(memory_mb=NEED_MB),
)
def quick_look(job: JobContext, payload: QuickLookPayload) -> QuickLookEnded:
    """Look at the newest picture of a camera, then wait without a worker until the next look is due."""
    from ecg.live.analysis.quick_look import QuickLook
    from ecg.store import open_store

    settings = load_settings()
    look = QuickLook(job, payload, settings, job.keep("store", lambda: open_store(settings)))
    camera = look.camera()
    if isinstance(camera, str):
        return QuickLookEnded(reason=camera)
    look.once(camera)
    raise Later(look.pause(camera))


def _young(payload: ArchivePayload, hours: float) -> bool:
    """Whether an archive's analysis may still wait."""
    import time

    return time.time() - payload.segment_end / 1000 < 3600 * hours
