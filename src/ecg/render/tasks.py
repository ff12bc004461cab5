"""The kinds of jobs of the renderer: a video with its captions burnt in, and how fast this machine makes one.

What draws is imported by the functions: servers and workers only need to know that these kinds exist.
"""

from __future__ import annotations

from pydantic import BaseModel

from ecg.jobs.kinds import JobContext, Need, Retry, job_kind
from ecg.render.contract import callback_body, shown_result
from ecg.render.expectation import memory_of, picture_size
from ecg.render.schemas import RenderPayload, RenderResult
from ecg.settings import load_settings

QUEUE = RENDER = "render"
CALIBRATION = "render-calibration"


def _first_deadline(_payload: RenderPayload) -> float:
    """Until the video is here and its length known: the time to fetch it, and to look at it."""
    return load_settings().fetch_timeout_seconds + 300


def _need(payload: RenderPayload) -> Need:
    return Need(memory_mb=memory_of(*picture_size(payload)))


@job_kind(
    RENDER,
    queue=QUEUE,
    deadline=_first_deadline,
    retry=Retry(attempts=3),
    timeout_code="RENDERING_TIMEOUT",
    need=_need,
    callback=callback_body,
    shown=shown_result,
)
def render(job: JobContext, payload: RenderPayload) -> RenderResult:
    """Read the scenario, fetch the video, draw, check what came out, store it.

    Raises what these raise. Nothing is left but the job's folder, which its owner removes.
    """
    from ecg.memory_meter import MemoryMeter
    from ecg.render.run import RenderRun
    from ecg.store import open_store

    settings = load_settings()
    store = job.keep("store", lambda: open_store(settings))
    with MemoryMeter() as memory:
        run = RenderRun(job, payload, settings, store, memory)
        scenario, odd = run.read()
        video = run.fetch()
        report = run.draw(video, scenario)
        video.unlink()
        table = run.check(report)
        stored = run.keep()
        return run.result(stored, table, report, odd)


class CalibrationPayload(BaseModel):
    """Nothing needs to be told."""


class CalibrationResult(BaseModel):
    work_per_second: float
    """Megapixel-frames."""


@job_kind(
    CALIBRATION,
    queue=QUEUE,
    deadline=lambda _payload: 120,
    retry=Retry(attempts=2),
    need=lambda _payload: Need(memory_mb=memory_of(1280, 720)),
)
def calibrate(job: JobContext, payload: CalibrationPayload) -> CalibrationResult:
    """Render a small made-up clip: estimates need a measured speed before the first job is done.

    It proves that browser and encoder work here, too.
    """
    from ecg.render.calibration import measure

    del payload
    measured = measure(job.folder, gpu=load_settings().render_gpu, cancelled=job.cancelled)
    job.measure(work=measured.work)
    return CalibrationResult(work_per_second=measured.work_per_second)
