"""Whether one more job fits into this machine now.

Memory: what is available, less what the running jobs are still expected to grow to, must hold the new job's
expected peak. Processors: jobs beyond one a core only take time from each other. A job alone may always run,
for nothing else would ever let it: then the pipeline is told to be slow rather than large.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

RESERVE_MB = 256.0
"""Left to everything else on the machine."""
SHORT_SHARE = 0.08
"""Below this share of available memory the jobs are told to save it."""

CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of the machine, or of the container that we are in."""

    total_mb: float
    available_mb: float

    @property
    def short(self) -> bool:
        return self.available_mb < max(self.total_mb * SHORT_SHARE, RESERVE_MB / 2)


@dataclass(frozen=True, slots=True)
class Running:
    """A job at work: megabytes that it is expected to reach, and that it has now."""

    expected_mb: float
    present_mb: float


def memory(cgroup: Path = CGROUP) -> Memory:
    """What is there now; a container's limit counts where it is lower (control groups, version 2)."""
    machine = psutil.virtual_memory()
    total, available = machine.total, machine.available
    limit = _number(cgroup / "memory.max")
    used = _number(cgroup / "memory.current")
    if limit is not None and used is not None and limit < total:
        cache = _inactive_file(cgroup / "memory.stat")
        total, available = limit, min(available, limit - used + cache)
    return Memory(total / 1e6, available / 1e6)


def processors() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def fits(needed_mb: float, running: Sequence[Running], now: Memory, cores: int) -> bool:
    """Whether a job that is expected to reach `needed_mb` may begin beside those running."""
    if not running:
        return True
    if len(running) >= cores:
        return False
    growth = sum(max(0.0, job.expected_mb - job.present_mb) for job in running)
    return now.available_mb - growth - RESERVE_MB >= needed_mb


def correction(measured: Sequence[tuple[float, float]]) -> float:
    """From expected and measured megabytes of earlier jobs: how much larger the larger ones get. 1 while
    nothing was measured."""
    factors = sorted(peak / need for need, peak in measured if need > 0)
    return factors[int(0.9 * (len(factors) - 1))] if factors else 1.0


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # no such group, or "max"
        return None


def _inactive_file(path: Path) -> int:
    """Page cache that the kernel gives back first; it counts as used but is free."""
    try:
        lines = dict(line.split() for line in path.read_text().splitlines())
        return int(lines.get("inactive_file", 0))
    except (OSError, ValueError):
        return 0
