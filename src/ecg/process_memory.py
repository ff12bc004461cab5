"""How much memory processes really take.

The proportional set size (PSS) shares each page among the processes that map it, so it may be summed over a
process tree; resident size would count a browser's shared pages many times.
"""

from __future__ import annotations

import psutil


def tree_pss_mb(pid: int | None = None) -> float:
    """PSS of a process (by default this one) and all its descendants, in MB (10^6 bytes); 0 when it is gone.

    Where the system has no PSS, unshared memory. Costs milliseconds, tens of them with a browser below.
    """
    try:
        root = psutil.Process(pid)
        tree = (root, *root.children(recursive=True))
    except psutil.NoSuchProcess:
        return 0.0
    return sum(map(_pss, tree)) / 1e6


def _pss(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except psutil.Error:  # it ended between the listing and the look
        return 0
    return int(getattr(memory, "pss", None) or memory.uss)
