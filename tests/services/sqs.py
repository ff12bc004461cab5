"""A server that speaks SQS, of one's own: moto's, which keeps its queues in memory."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from ecg.processes import running
from tests.services.starting import folder, free_port, says, until_ready

ENVIRONMENT = {"AWS_DEFAULT_REGION": "eu-west-1"}
"""What a client needs besides the URL."""


@contextlib.contextmanager
def sqs() -> Iterator[str]:
    """The URL of a broker, with a key and a secret in it."""
    with folder("sqs") as place:
        port, log = free_port(), place / "log"
        server = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        with log.open("wb") as output, running(server, stdout=output, stderr=output) as process:
            until_ready("moto", process, log, lambda: says(log, "Running on"))
            yield f"sqs://key:secret@127.0.0.1:{port}//"
