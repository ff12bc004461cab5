"""Whose process numbers mean something here.

Host names do not tell: machines from one image and containers on the host's network share theirs. A process
number is that of the same process only within one boot of one machine, and one namespace of its numbers.
"""

from __future__ import annotations

import hashlib
import socket
import uuid
from functools import lru_cache
from pathlib import Path

LENGTH = 12


@lru_cache(maxsize=1)
def space_of_processes() -> str:
    """12 hex digits, the same in all processes that see each other's numbers."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:  # not Linux: no containers either
        boot, namespace = socket.gethostname(), str(uuid.getnode())
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:LENGTH]
