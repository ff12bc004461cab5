"""Kinds of jobs that only the benchmark of the spine knows. Processes load them by JOB_MODULES."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pydantic import BaseModel

from ecg.jobs.kinds import JobContext, job_kind

QUEUE = "bench"


class Line(BaseModel):
    """Where a run leaves its trace."""

    file: Path
    text: str


class Start(BaseModel):
    """The starting line: where to say that one is ready, and the file that is the shot."""

    ready: Path
    go: Path


class Nothing(BaseModel):
    pass


@job_kind("bench-line", queue=QUEUE, deadline=lambda _: 60)
def line(_job: JobContext, payload: Line) -> Nothing:
    """Appends one line, as a whole: the trace that a job was run, by which process, and when."""
    text = f"{payload.text} {os.getpid()} {time.monotonic():.6f}\n"
    with payload.file.open("ab", buffering=0) as file:
        file.write(text.encode())
    return Nothing()


@job_kind("bench-start", queue=QUEUE, deadline=lambda _: 60)
def start(job: JobContext, payload: Start) -> Nothing:
    """Keeps one executor at the starting line until all are there."""
    (payload.ready / job.job_id).touch()
    while not payload.go.exists():
        job.check()
        time.sleep(0.001)
    return Nothing()


@job_kind("bench-hold", queue="render", deadline=lambda _: 600)
def hold(job: JobContext, payload: Line) -> Nothing:
    """Runs until the file is there, and tells how far it is as a render does."""
    percent = 0.0
    while not payload.file.exists():
        job.check()
        job.tell(percent, "holding", payload.text, frames_processed=int(percent), memory_peak_mb=512.3)
        percent = min(99.0, percent + 0.1)
        time.sleep(0.25)
    return Nothing()
