"""Child processes that run pocketsphinx, and the tasks they share.

Tasks are independent of each other, so the answers do not depend on the number of processes. A child that
ends uncleanly is one `SpeechError`. Children end with their parent: their input closes, however it dies.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecg.errors import SpeechError

_WORKER = Path(__file__).with_name("sphinx_worker.py")
_MAX_WORKERS = 2  # 245 MB each, and the default engine must stay modest

Answer = dict[str, Any]


@dataclass(frozen=True)
class Task:
    """One request to a worker: the JSON header without `bytes`, and the sound."""

    header: dict[str, Any]
    pcm: bytes = b""


def worker_count(tasks: int) -> int:
    """As many processes as there are cores and tasks, two at most."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(_MAX_WORKERS, cores, tasks))


class Worker:
    """One child process; not shared between threads."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the child)
        # -P: never import from the folder of the script or from the current folder
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )

    def wait_until_ready(self) -> None:
        """Raises SpeechError when the child cannot load the model."""
        self._receive()

    def run(self, task: Task) -> Answer:
        """Do one task and wait for its answer; raises SpeechError when the child ends."""
        assert self._process.stdin is not None  # noqa: S101 (asked to be a pipe)
        header = json.dumps({**task.header, "bytes": len(task.pcm)}).encode() + b"\n"
        try:
            self._process.stdin.write(header + task.pcm)
            self._process.stdin.flush()
        except OSError as error:
            raise self._ended() from error
        return self._receive()

    def _receive(self) -> Answer:
        assert self._process.stdout is not None  # noqa: S101 (asked to be a pipe)
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._ended()
        answer: Answer = json.loads(line)
        return answer

    def _ended(self) -> SpeechError:
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read().decode("utf-8", "replace").strip().splitlines()
        last = said[-1] if said else "it said nothing"
        return SpeechError(
            f"the pocketsphinx process ended with {code}: {last}", hint="run `ecg doctor`; then try again"
        )

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End the child now; a thread that waits in `run` gets its SpeechError."""
        self._process.kill()

    def close(self) -> None:
        """End the child and free its pipes; no other thread may be using it."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue  # unsent bytes of a killed child
        self._said.close()


@dataclass
class _Round:
    """One call of `SphinxPool.run`: what is left to do and what is done."""

    waiting: queue.SimpleQueue[tuple[int, Task]] = field(default_factory=queue.SimpleQueue)
    answered: queue.SimpleQueue[tuple[int, Answer | BaseException]] = field(default_factory=queue.SimpleQueue)

    def serve(self, worker: Worker) -> None:
        """In a thread: give the worker tasks until none is left or it fails."""
        while True:
            try:
                index, task = self.waiting.get_nowait()
            except queue.Empty:
                return
            try:
                answer: Answer | BaseException = worker.run(task)
            except BaseException as error:
                answer = error
            self.answered.put((index, answer))
            if isinstance(answer, BaseException):
                return


class SphinxPool:
    """Starts its children at the first need, keeps them until `close`."""

    def __init__(self, most: int | None = None) -> None:
        """`most` children; None: as many as `worker_count` says."""
        self._most = most
        self._workers: list[Worker] = []

    def start(self, count: int) -> None:
        """Have at least `count` children ready; they load side by side."""
        new = [Worker() for _ in range(count - len(self._workers))]
        self._workers += new
        for worker in new:
            worker.wait_until_ready()

    def run(self, tasks: Sequence[Task], done: Callable[[int], None] = lambda _: None) -> list[Answer]:
        """Answers in the order of the tasks; `done` is told the index of each finished task.

        Raises SpeechError when a child ends; the pool is then empty and can be used again.
        """
        if not tasks:
            return []
        self.start(min(worker_count(len(tasks)), max(1, self._most or _MAX_WORKERS)))
        share = _Round()
        longest_first = sorted(enumerate(tasks), key=lambda item: -len(item[1].pcm))
        for item in longest_first:
            share.waiting.put(item)
        threads = [threading.Thread(target=share.serve, args=(w,), daemon=True) for w in self._workers]
        for thread in threads:
            thread.start()
        try:
            return self._collect(share, len(tasks), done)
        except BaseException:
            for worker in self._workers:
                worker.kill()
            raise
        finally:
            for thread in threads:
                thread.join()
            self._forget_the_dead()

    def _collect(self, share: _Round, count: int, done: Callable[[int], None]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        while len(answers) < count:
            index, answer = share.answered.get()
            if isinstance(answer, BaseException):
                raise answer
            answers[index] = answer
            done(index)
        return [answers[i] for i in range(count)]

    def _forget_the_dead(self) -> None:
        for worker in [w for w in self._workers if not w.alive]:
            worker.close()
            self._workers.remove(worker)

    def close(self) -> None:
        """End all children; may be called more than once."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.close()
