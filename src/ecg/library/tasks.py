"""The kind of job that takes a video from its upload to a project."""

from __future__ import annotations

import asyncio

from ecg.jobs.kinds import JobContext, Need, Retry, job_kind
from ecg.library.schemas import AnalysisDone, AnalysisPayload
from ecg.settings import load_settings

ANALYSIS = "analysis"
QUEUE = "uploads"


def _deadline(_payload: AnalysisPayload) -> float:
    """Of one run: to fetch the video and look at it, and to call the speech server."""
    settings = load_settings()
    return settings.fetch_timeout_seconds + settings.ml_api_attempts * (settings.ml_api_timeout + 10) + 300


@job_kind(
    ANALYSIS,
    queue=QUEUE,
    deadline=_deadline,
    retry=Retry(attempts=3, pauses=(1, 5, 15)),
    need=lambda _payload: Need(memory_mb=180),
)
def analysis(job: JobContext, payload: AnalysisPayload) -> AnalysisDone:
    """Look at the upload, have it heard, make a project. It waits without a worker."""
    from ecg.library.running import run_analysis

    del payload
    return asyncio.run(run_analysis(job, load_settings()))
