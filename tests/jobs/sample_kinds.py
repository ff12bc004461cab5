"""Kinds of jobs that only tests know: each does, or suffers, one thing that real jobs do.

Processes load them by name: `JOB_MODULES=tests.jobs.sample_kinds`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ecg.errors import ConnectionFailed, MediaError
from ecg.jobs.kinds import JobContext, Later, Retry, job_kind
from ecg.jobs.states import State
from ecg.jobs.view import JobView

MODULE = __name__
QUEUE = "samples"


class Nothing(BaseModel):
    pass


class Text(BaseModel):
    text: str = ""


class Seconds(BaseModel):
    seconds: float = 0.1
    steps: int = 1


class Number(BaseModel):
    number: int = 1


class Place(BaseModel):
    """A file by which a job and its test wait for each other."""

    path: Path


@job_kind("echo", queue=QUEUE, deadline=lambda _: 60)
def echo(job: JobContext, payload: Text) -> Text:
    return payload


@job_kind("sleep", queue=QUEUE, deadline=lambda _: 60)
def sleep(job: JobContext, payload: Seconds) -> Seconds:
    """Tells each step, and stops when it is told to."""
    for step in range(payload.steps):
        job.tell(100 * step / payload.steps, "sleeping", f"step {step}", step=step)
        until = time.monotonic() + payload.seconds / payload.steps
        while (rest := until - time.monotonic()) > 0:
            job.check()
            time.sleep(min(rest, 0.02))
    return payload


@job_kind("late", queue=QUEUE, deadline=lambda _payload: 0.3, timeout_code="SLEPT_TOO_LONG")
def late(job: JobContext, payload: Seconds) -> Seconds:
    return sleep(job, payload)


@job_kind("measuring", queue=QUEUE, deadline=lambda _: 60)
def measuring(job: JobContext, payload: Nothing) -> Nothing:
    job.measure(work=42, deadline=7, memory_mb=99)
    return payload


@job_kind("where", queue=QUEUE, deadline=lambda _: 60)
def where(job: JobContext, payload: Text) -> Text:
    """Leaves a file in its work folder and one in the temporary folder; answers both paths."""
    (job.folder / "half done").write_text("…")
    Path(tempfile.gettempdir(), "forgotten").write_text("…")
    return Text(text=f"{job.folder}\n{tempfile.gettempdir()}")


@job_kind("memory", queue=QUEUE, deadline=lambda _: 60)
def memory(job: JobContext, payload: Seconds) -> Text:
    """Waits until memory is short."""
    job.tell(0, "waiting")
    until = time.monotonic() + payload.seconds
    while not job.memory_is_short() and time.monotonic() < until:
        time.sleep(0.01)
    return Text(text="short" if job.memory_is_short() else "enough")


@job_kind("eat", queue=QUEUE, deadline=lambda _: 60)
def eat(job: JobContext, payload: Number) -> Nothing:
    """Takes so many MB, and keeps them until it is stopped."""
    eaten = bytearray(os.urandom(1 << 20) * payload.number)
    job.tell(50, "full")
    while not job.cancelled():
        time.sleep(0.01)
    del eaten
    return Nothing()


@job_kind("noise", queue=QUEUE, deadline=lambda _: 60)
def noise(job: JobContext, payload: Text) -> Text:
    """Prints, by itself and through a child that also reads its standard input."""
    print('{"type": "done", "result": {"text": "a lie"}}', flush=True)
    subprocess.run(["sh", "-c", "cat; echo noise"], check=True)
    os.write(1, b"more noise\n")
    return Text(text="the truth")


@job_kind("huge", queue=QUEUE, deadline=lambda _: 60)
def huge(job: JobContext, payload: Number) -> Text:
    """A result of so many MB."""
    return Text(text="x" * (payload.number * 1_000_000))


@job_kind("flood", queue=QUEUE, deadline=lambda _: 60)
def flood(job: JobContext, payload: Number) -> Number:
    """Tells its progress as often as it can, so many times."""
    for number in range(payload.number):
        job.tell(100 * (number + 1) / payload.number, "flooding", number=number + 1)
    return payload


@job_kind("tell-and-wait", queue=QUEUE, deadline=lambda _: 60)
def tell_and_wait(job: JobContext, payload: Place) -> Nothing:
    """Tells two things in a row, then nothing more until the file is there."""
    job.tell(1, "first")
    job.tell(2, "second")
    _await(payload.path)
    return Nothing()


@job_kind("bad-details", queue=QUEUE, deadline=lambda _: 60)
def bad_details(job: JobContext, payload: Nothing) -> Nothing:
    job.tell(1, "telling", thing=object())
    return Nothing()


@job_kind("fail-for-now", queue=QUEUE, deadline=lambda _: 60, retry=Retry(attempts=3, pauses=(0.05,)))
def fail_for_now(job: JobContext, payload: Number) -> Number:
    """Fails before the attempt of this number."""
    if job.attempt < payload.number:
        raise ConnectionFailed("the other server is away", where="/video_url", hint="wait")
    return payload


@job_kind("fail-for-good", queue=QUEUE, deadline=lambda _: 60)
def fail_for_good(job: JobContext, payload: Nothing) -> Nothing:
    raise MediaError("this is not a video", where="/video_url", hint="give a video")


@job_kind("break", queue=QUEUE, deadline=lambda _: 60)
def break_(job: JobContext, payload: Text) -> Nothing:
    """Raises what nobody expects, with a secret in its message."""
    raise {"value": ValueError, "runtime": RuntimeError, "exit": SystemExit}[payload.text]("secret")


@job_kind("wrong-result", queue=QUEUE, deadline=lambda _: 60)
def wrong_result(job: JobContext, payload: Nothing) -> Number:
    return "three"  # type: ignore[return-value]


@job_kind("die", queue=QUEUE, deadline=lambda _: 60)
def die(job: JobContext, payload: Number) -> Number:
    """Ends its process before the attempt of this number: by SIGKILL."""
    if job.attempt < payload.number:
        os.kill(os.getpid(), signal.SIGKILL)
    return payload


@job_kind("exit", queue=QUEUE, deadline=lambda _: 60)
def exit_(job: JobContext, payload: Number) -> Nothing:
    """Ends its process with this code, as a native library may."""
    os._exit(payload.number)


@job_kind("stubborn", queue=QUEUE, deadline=lambda _: 60)
def stubborn(job: JobContext, payload: Place) -> Nothing:
    """Hears no cancel. Below it live, deaf to SIGTERM and in sessions of their own, a child and an orphan of
    another child. The file tells the numbers of all three.
    """
    grandchild = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    child = (
        "import subprocess, sys;"
        f"one = subprocess.Popen([sys.executable, '-c', {grandchild!r}],"
        " stdout=subprocess.DEVNULL, start_new_session=True);"
        "print(one.pid)"
    )
    orphan = subprocess.run([sys.executable, "-c", child], stdout=subprocess.PIPE, check=True).stdout
    below = subprocess.Popen([sys.executable, "-c", grandchild], start_new_session=True)
    payload.path.with_suffix(".new").write_text(f"{os.getpid()} {orphan.decode().strip()} {below.pid}")
    payload.path.with_suffix(".new").rename(payload.path)
    job.tell(50, "stuck")
    threading.Event().wait()
    return Nothing()


@job_kind("wait", queue=QUEUE, deadline=lambda _: 60)
def wait(job: JobContext, payload: Place) -> Nothing:
    """Tells that it is there, and is done when the file is."""
    job.tell(50, "waiting")
    _await(payload.path)
    return Nothing()


@job_kind("warm", queue=QUEUE, deadline=lambda _: 60)
def warm(job: JobContext, payload: Place) -> Number:
    """How often the thing that stays warm has been used; the file says when it was left."""

    @contextmanager
    def thing() -> Iterator[list[int]]:
        yield []
        payload.path.write_text("left")

    uses: list[int] = job.keep("thing", thing)
    uses.append(job.attempt)
    return Number(number=len(uses))


def _await(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


@job_kind("zeros", queue=QUEUE, deadline=lambda _: 60)
def zeros(job: JobContext, payload: Nothing) -> Nothing:
    """Says, in a stage too long and an error, what no text column of PostgreSQL takes."""
    job.tell(50, "stage\0" * 20, "a zero: \0")
    time.sleep(0.6)
    raise MediaError("this file says \0")


def _speechless(view: JobView) -> dict[str, Any]:
    if view.state in (State.DONE, State.FAILED):
        raise ValueError("there is nothing to say")
    return {}


@job_kind("speechless", queue=QUEUE, deadline=lambda _: 60, callback=_speechless, retry=Retry(attempts=1))
def speechless(job: JobContext, payload: Nothing) -> Nothing:
    """Of its end no callback can be made."""
    return payload


@job_kind("tidy", queue=QUEUE, deadline=lambda _: 60)
def tidy(job: JobContext, payload: Place) -> Nothing:
    """When it is cancelled, it removes what is at its place."""
    job.tell(50, "working")
    while not job.cancelled():
        time.sleep(0.01)
    payload.path.unlink()
    job.check()
    return Nothing()


@job_kind("patient", queue=QUEUE, deadline=lambda _: 60, retry=Retry(attempts=2))
def patient(job: JobContext, payload: Place) -> Text:
    """Waits for the file without a worker; its text says how often the function ran."""
    runs = payload.path.with_suffix(".runs")
    runs.write_text((runs.read_text() if runs.exists() else "") + "|")
    if not payload.path.exists():
        job.tell(40, "waiting", "for a file", file=payload.path.name)
        raise Later(3600 if len(runs.read_text()) > 4 else 0.1)
    job.tell(80, "there")
    return Text(text=runs.read_text())


@job_kind("halves", queue=QUEUE, deadline=lambda _: 60)
def halves(job: JobContext, payload: Nothing) -> Nothing:
    """Names a file as the system does whose name is not UTF-8."""
    name = os.fsdecode(b"a\xff.mp4")
    job.tell(50, "looking", name, file=name)
    raise MediaError(f"no video: {name}")
