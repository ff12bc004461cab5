"""The process between a slot and its executor, which sees to it that nothing is left of either.

    worker ── slot ──► guardian ── fork ──► executor ──► browsers, encoders, …

An executor may be killed at any instant, and so may the worker. What an executor started would then live on
as an orphan that nobody can tell from other processes. So a guardian adopts those orphans (Linux: it is
their subreaper) and does two things only: when the executor has ended, it ends what is left of its tree; when
the worker has ended, which it sees at the closed end of its standard input, it gives the executor half a
second, ends the tree, and removes the slot's folders, which now nobody else would.

Should the guardian itself be killed, the executor sees it at the closed end of a pipe between the two and
ends its tree and itself. The guardian forks the executor before anything large is imported, and sleeps.

    python -m ecg.jobs.execution.guardian LOCK FOLDER…

LOCK is an inherited file descriptor that shows that the folders are still in use (`work_folders`).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time

_GRACE = 0.5
"""Seconds for the executor to stop by itself, once the worker is gone."""
_LOOK = 0.01
"""Seconds between two looks at a tree that was told to die."""


def main(arguments: list[str]) -> int:
    lock, folders = int(arguments[0]), arguments[1:]
    # The worker decides about its end, also when a whole process group or control group gets the signal. A
    # handler, and not SIG_IGN: children would inherit that.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    _adopt_orphans()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    lifeline, ours = os.pipe()
    executor = os.fork()
    if executor == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for fd in (lock, woken, wake, ours):
            os.close(fd)
        return _execute(lifeline)
    os.close(lifeline)
    return _guard(executor, woken, folders)


def _execute(lifeline: int) -> int:
    from ecg.jobs.execution.executor import main as execute

    return execute(lifeline)


def _guard(executor: int, woken: int, folders: list[str]) -> int:
    """The executor's exit status as shells give it: 128 + the signal that ended it."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # pathlib costs more than the rest of the guardian
        os.dup2(nowhere.fileno(), 1)  # the slot sees the executor's end at the end of its answers
    ended = _wait(executor, woken)
    statuses = _end_tree()
    status = ended if ended is not None else statuses.get(executor, 0)
    if _abandoned():
        _remove(folders)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _wait(executor: int, woken: int) -> int | None:
    """Until the executor has ended (its status) or has outlived the worker for long enough (None)."""
    watch = select.poll()
    watch.register(0, 0)  # no events: it tells of the other end's closing only, and the commands stay there
    watch.register(woken, select.POLLIN)
    until: float | None = None
    while until is None or time.monotonic() < until:
        for fd, _ in watch.poll(None if until is None else max(0.0, until - time.monotonic()) * 1000):
            if fd == woken:
                os.read(woken, 512)
            else:
                watch.unregister(0)
                until = time.monotonic() + _GRACE
        statuses = _reap()
        if executor in statuses:
            return statuses[executor]
    return None


def _abandoned() -> bool:
    """Whether nobody is there any more to give commands."""
    watch = select.poll()
    watch.register(0, 0)
    return bool(watch.poll(0))


def _reap() -> dict[int, int]:
    """Statuses by process id of all children that have ended, adopted ones among them."""
    statuses: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            statuses[ended[0]] = ended[1]
    return statuses


def _end_tree() -> dict[int, int]:
    """Kill all descendants until none is left; a killed one's become ours and die in the next round."""
    from psutil import Error, Process

    statuses = _reap()
    while descendants := Process().children(recursive=True):
        for process in descendants:
            with contextlib.suppress(Error):
                process.kill()
        time.sleep(_LOOK)
        statuses |= _reap()
    return statuses


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        from ctypes import CDLL

        set_child_subreaper = 36
        CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _remove(folders: list[str]) -> None:
    from shutil import rmtree

    for folder in folders:
        rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
