"""Which processes still live, for tests that kill."""

from __future__ import annotations

import psutil


def living(*pids: int) -> list[int]:
    """Those of them that have not ended; one that only waits for its parent to notice has."""
    return [pid for pid in pids if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
