"""How an executor answers: whole lines from any thread, and progress no oftener than anyone can read it."""

from __future__ import annotations

import os
import threading
import time

from ecg.jobs.execution.protocol import MOST_BYTES, Answer, AnswerTooLarge, Progress, encode

_PAUSE = 0.2
"""Seconds between two progress lines, at least."""


class Reporter:
    """Writes answers to a file descriptor. Thread-safe.

    A progress that comes too early waits; a newer one takes its place, and the last one is said before
    anything else is.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: bytes | None = None
        self._said_at = -_PAUSE
        self._changed = threading.Condition()
        threading.Thread(target=self._say_late, name="progress", daemon=True).start()

    def say(self, answer: Answer) -> None:
        """Write an answer; raises AnswerTooLarge, and then nothing is written."""
        line = _line(answer)
        with self._changed:
            self._say_waiting()
            self._write(line)

    def progress(self, progress: Progress) -> None:
        """Say it now, or as soon as the pause since the last one is over; raises AnswerTooLarge."""
        line = _line(progress)
        with self._changed:
            self._waiting = line
            if time.monotonic() - self._said_at >= _PAUSE:
                self._say_waiting()
            else:
                self._changed.notify()

    def _say_late(self) -> None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._waiting is not None)
                early = self._said_at + _PAUSE - time.monotonic()
                if early > 0:
                    self._changed.wait(early)
                else:
                    self._say_waiting()

    def _say_waiting(self) -> None:
        if self._waiting is not None:
            line, self._waiting = self._waiting, None
            self._said_at = time.monotonic()
            self._write(line)

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except BrokenPipeError:
            pass  # nobody listens any more: the end of the standard input says so, too, and ends this process


def _line(answer: Answer) -> bytes:
    line = encode(answer)
    if len(line) > MOST_BYTES:
        raise AnswerTooLarge(
            f"what the job answers ({answer.type}) has {len(line):,} bytes; {MOST_BYTES:,} are possible",
            hint="a job stores large results as objects and answers with their keys",
        )
    return line
