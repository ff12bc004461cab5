"""What processes and the machine spend meanwhile: CPU time of trees, and how busy all cores are."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Spent:
    """CPU seconds of a process at one moment, and of all that it has started and that still runs."""

    own: float
    children: dict[str, float]
    """By program name."""


def spent_by(pid: int) -> Spent:
    """CPU time so far; a process that is gone has spent nothing."""
    try:
        process = psutil.Process(pid)
        times = process.cpu_times()
    except psutil.Error:
        return Spent(0, {})
    children: dict[str, float] = {}
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            used = child.cpu_times()
            name = child.name()
            children[name] = children.get(name, 0) + used.user + used.system
    return Spent(times.user + times.system, children)


@dataclass(frozen=True)
class Share:
    """Of one core, over a time."""

    own: float
    children: dict[str, float]

    @property
    def all(self) -> float:
        return self.own + sum(self.children.values())


class CpuMeter:
    """Measures processes from now on."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._began = time.monotonic()
        self._before = [spent_by(pid) for pid in pids]
        self._machine = psutil.cpu_times()

    def shares(self) -> list[Share]:
        """What each process and those below it took of one core, since the beginning."""
        seconds = time.monotonic() - self._began
        shares = []
        for pid, before in zip(self._pids, self._before, strict=True):
            now = spent_by(pid)
            children = {
                name: (used - before.children.get(name, 0)) / seconds for name, used in now.children.items()
            }
            shares.append(Share((now.own - before.own) / seconds, children))
        return shares

    def idle(self) -> float:
        """How much of all cores nobody used, 0 to 1."""
        now, before = psutil.cpu_times(), self._machine
        total = sum(now) - sum(before)
        waiting = now.idle - before.idle + getattr(now, "iowait", 0) - getattr(before, "iowait", 0)
        return float(waiting / total) if total else 0.0
