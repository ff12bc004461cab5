"""The kind of job that draws the captions alone, with transparency, for people who cut videos themselves.

It runs on the renderer's workers, and like a render in everything but what it draws.
"""

from __future__ import annotations

from ecg.jobs.kinds import JobContext, Need, Retry, job_kind
from ecg.render.contract import callback_body
from ecg.render.expectation import memory_of, picture_size
from ecg.render.schemas import RenderPayload, RenderResult
from ecg.render.tasks import QUEUE
from ecg.settings import load_settings

OVERLAY = "overlay"


def _first_deadline(_payload: RenderPayload) -> float:
    """ProRes and VP9 with alpha are slow to write; nothing tells the video's length beforehand."""
    return load_settings().fetch_timeout_seconds + 4 * 3600


@job_kind(
    OVERLAY,
    queue=QUEUE,
    deadline=_first_deadline,
    retry=Retry(attempts=3),
    timeout_code="RENDERING_TIMEOUT",
    need=lambda payload: Need(memory_mb=memory_of(*picture_size(payload))),
    callback=callback_body,
)
def overlay(job: JobContext, payload: RenderPayload) -> RenderResult:
    """Read the scenario, fetch the video, draw its captions on nothing, check what came out, store it."""
    from ecg.exports.overlay_run import OverlayRun
    from ecg.memory_meter import MemoryMeter
    from ecg.store import open_store

    settings = load_settings()
    store = job.keep("store", lambda: open_store(settings))
    with MemoryMeter() as memory:
        run = OverlayRun(job, payload, settings, store, memory)
        scenario, odd = run.read()
        video = run.fetch()
        report = run.draw(video, scenario)
        video.unlink()
        table = run.check(report)
        stored = run.keep()
        return run.result(stored, table, report, odd)
