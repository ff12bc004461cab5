"""A kind of job that leaves a trace of each run: `JOB_MODULES=tests.jobs.counting_kinds`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from ecg.jobs.kinds import JobContext, job_kind

MODULE = __name__
QUEUE = "counting"


class Trace(BaseModel):
    file: Path


@job_kind("count", queue=QUEUE, deadline=lambda _: 60)
def count(job: JobContext, payload: Trace) -> Trace:
    """Appends a line, as a whole."""
    with payload.file.open("ab", buffering=0) as file:
        file.write(f"{job.job_id}\n".encode())
    return payload
