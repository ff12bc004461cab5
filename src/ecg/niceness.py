"""Stepping back behind the servers of this machine.

`nice` alone does not do it where Linux groups processes by session (autogroup, on by default): there, what is
nice is nice to its own session only, and the sessions share the machine as equals. So the session steps back,
too. In a container or a service's control group there are no such groups, and `nice` does it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

AUTOGROUP = Path("/proc/self/autogroup")


def step_back(niceness: int, *, with_session: bool) -> None:
    """Be nicer by so much, and all that is started from now on; 19 is the most.

    `with_session`: the session is this work's own, nobody else is in it.
    """
    os.nice(niceness)
    if with_session:
        with contextlib.suppress(OSError):  # a system that knows no such groups
            AUTOGROUP.write_text(str(niceness))
