"""An S3 store of one's own: OpenStack Swift, which speaks S3's protocol and knows nothing of ours."""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from ecg.processes import running
from tests.services.starting import folder, free_port, says, until_ready

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_HERE = Path(__file__).parent
_PORTS = 4
_KEEP = """
trap '"$1/stop-s3" "$3"; exit' TERM
"$1/start-s3" "$2" "$3" && echo serving || exit 1
sleep infinity & wait
"""
"""The services leave the script's session, so the script ends them when it is asked to end, or left alone."""


@dataclass(frozen=True)
class S3Server:
    endpoint_url: str
    environment: dict[str, str]
    """The AWS_… variables by which clients find keys and region; the endpoint is not among them."""

    @cached_property
    def client(self) -> S3Client:
        """A client of the tests' own, beside the store that is tested."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_DEFAULT_REGION"],
            config=Config(s3={"addressing_style": "path"}),
        )

    def new_bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"ecg-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=name)
        return name


@contextlib.contextmanager
def s3(*, port: int | None = None, data: Path | None = None) -> Iterator[S3Server]:
    """A fresh store.

    `port` and `data` (an existing folder) bring one back that was there before; both are new by default.
    """
    with folder("s3") as place:
        base, log, where = port or _free_ports(), place / "start.log", data or place
        command = ["bash", "-c", _KEEP, "s3", str(_HERE), str(base), str(where)]
        with (
            log.open("wb") as output,
            running(command, grace_seconds=20, stdout=output, stderr=output) as process,
        ):
            until_ready("start-s3", process, log, lambda: says(log, "serving\n"))
            yield _described(log.read_text())


def _described(printed: str) -> S3Server:
    variables = dict(line.split("=", 1) for line in printed.splitlines() if line.startswith("AWS_"))
    return S3Server(variables.pop("AWS_ENDPOINT_URL_S3"), variables)


def _free_ports() -> int:
    """The first of as many free ports in a row as the services take."""
    while True:
        first = free_port()
        if first + _PORTS > 65535:
            continue
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            for port in range(first, first + _PORTS):
                held.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
