"""The child process that does the work of one slot: it runs the functions of jobs, one after the other.

A job may crash, leak, hang or print whatever it likes: the worker that hears of it sits in another process.
What is costly to start stays warm from job to job (`warm`). Commands and answers are those of `protocol`;
both pipes are moved out of the way first, so that neither a `print` nor a child that reads its standard input
can disturb them.

Started by `guardian`; also runs alone as `python -m ecg.jobs.execution.executor`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

import psutil
import structlog
from pydantic import BaseModel, ValidationError

from ecg.errors import EcgError, InputError
from ecg.jobs.execution.protocol import (
    Answer,
    AnswerTooLarge,
    Cancel,
    Done,
    Exit,
    Failed,
    Memory,
    Ready,
    Run,
    Waiting,
    decode_command,
)
from ecg.jobs.execution.reporter import Reporter
from ecg.jobs.execution.running import RunningJob
from ecg.jobs.execution.warm import WarmShelf
from ecg.jobs.kinds import Later, find_kind, load_kinds, worth_retrying
from ecg.logging import configure
from ecg.niceness import step_back
from ecg.processes import kill_tree
from ecg.settings import load_settings

log = structlog.get_logger(__name__)

_NICENESS = 10
"""The servers of this machine answer first, however busy its jobs are."""
_SACRIFICE = 500
"""When memory runs out, the kernel ends a job rather than the worker, a server or the database."""
_GRACE = 0.5
"""Seconds to stop in, once the worker is gone."""


class Executor:
    """Runs jobs until it is told to exit, or until nobody is there to tell."""

    def __init__(self, commands: BinaryIO, reporter: Reporter) -> None:
        self._commands = commands
        self._reporter = reporter
        self._shelf = WarmShelf()
        self._memory_short = threading.Event()
        self._inbox: queue.SimpleQueue[RunningJob | None] = queue.SimpleQueue()
        self._last: RunningJob | None = None

    def serve(self) -> None:
        threading.Thread(target=self._listen, name="commands", daemon=True).start()
        self._reporter.say(Ready(pid=os.getpid()))
        with self._shelf:
            while (job := self._inbox.get()) is not None:
                with structlog.contextvars.bound_contextvars(
                    job_id=job.job_id, request_id=job.order.request_id, attempt=job.attempt
                ):
                    answer = _outcome(job)
                job.end()
                self._say(answer)

    def _say(self, answer: Answer) -> None:
        try:
            self._reporter.say(answer)
        except AnswerTooLarge as error:
            self._reporter.say(_failed(error))

    def _listen(self) -> None:
        """In a thread of its own, so that a busy job cannot keep a command from being heard."""
        for line in self._commands:
            match decode_command(line):
                case Run() as command:
                    self._last = RunningJob(
                        command, reporter=self._reporter, shelf=self._shelf, memory_short=self._memory_short
                    )
                    self._inbox.put(self._last)
                case Cancel():
                    self._cancel()
                case Memory(short=True):
                    self._memory_short.set()
                case Memory():
                    self._memory_short.clear()
                case Exit():
                    self._inbox.put(None)
        self._abandon()

    def _cancel(self) -> None:
        if self._last is not None:
            self._last.cancel()

    def _abandon(self) -> None:
        """The worker is gone: stop, or be stopped."""
        self._cancel()
        self._inbox.put(None)
        time.sleep(_GRACE)
        _die()


def _outcome(job: RunningJob) -> Answer:
    """Run the job's function. Whatever it raises is an answer; only its own kind of errors tell details."""
    try:
        kind = find_kind(job.order.kind)
        payload = _payload(kind.payload_type, job.order.payload)
        result = kind.result_type.model_validate(kind.run(job, payload))
        return Done(result=result.model_dump(mode="json"))
    except Later as later:
        return Waiting(seconds=later.seconds)
    except EcgError as error:
        return _failed(error)
    except BaseException as error:
        log.exception("the job failed unexpectedly")
        return Failed(
            code=EcgError.code,
            message=f"an unexpected {type(error).__name__} ended the job {job.job_id}",
            hint="the log of the worker has the details under this job's id",
            retryable=worth_retrying(error),
        )


def _failed(error: EcgError) -> Failed:
    log.info("the job failed", code=error.code, error=str(error))
    return Failed(
        code=error.code,
        message=error.message,
        where=error.where,
        hint=error.hint,
        retryable=error.retryable,
    )


def _payload(payload_type: type[BaseModel], text: str) -> BaseModel:
    try:
        return payload_type.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        pointer = "/".join(("/payload", *map(str, first["loc"])))
        raise InputError(f"the job's payload cannot be used: {first['msg']}", where=pointer) from None


def main(lifeline: int | None = None) -> int:
    """Serve the pipes that this process was started with. `lifeline` closes when the guardian dies."""
    commands, answers = _private_pipes()
    if lifeline is not None:
        threading.Thread(target=_die_with, args=(lifeline,), name="lifeline", daemon=True).start()
    faulthandler.enable()
    # The worker decides about the end of a job, also when a whole control group gets the signal. A handler,
    # and not SIG_IGN: encoders and browsers would inherit that.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    step_back(_NICENESS, with_session=os.getsid(0) == os.getppid())  # then the guardian leads it
    with contextlib.suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(str(_SACRIFICE))
    settings = load_settings()
    configure(settings, service="executor")
    load_kinds(settings.job_modules)
    with os.fdopen(commands, "rb") as stream:
        Executor(stream, Reporter(answers)).serve()
        # Threads that a job left behind, and the one that reads commands, end here and not at their leisure.
        sys.stderr.flush()
        os._exit(0)


def _die_with(lifeline: int) -> None:
    os.read(lifeline, 1)
    _die()


def _die() -> None:
    """End this process and all below it."""
    for child in psutil.Process().children():
        kill_tree(child.pid)
    os.kill(os.getpid(), signal.SIGKILL)


def _private_pipes() -> tuple[int, int]:
    """Descriptors of the commands and of the answers; the standard ones lead to nowhere and to the log."""
    commands, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return commands, answers


if __name__ == "__main__":
    sys.exit(main())
