"""Installations of ECG: `ecg up` with everything embedded, or on PostgreSQL, Redis and an S3 store."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.services.databases import fresh_database
from tests.services.postgres import postgres
from tests.services.redis import redis
from tests.services.s3 import s3

GRACE_SECONDS = 40


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """The API server's URL."""
    with _up(folder, {}) as url:
        yield url


@contextlib.contextmanager
def services(folder: Path) -> Iterator[str]:
    """The API server's URL."""
    with postgres() as server, fresh_database(server) as database, redis() as redis_url, s3() as store:
        variables = {
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "S3_BUCKET": store.new_bucket(),
            "S3_ENDPOINT_URL": store.endpoint_url,
            # the store is on this machine, and its links are fetched like any other URL
            "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
            **store.environment,
        }
        with _up(folder, variables) as url:
            yield url


@contextlib.contextmanager
def _up(folder: Path, variables: Mapping[str, str]) -> Iterator[str]:
    log = folder / "up.log"
    environment = {
        **os.environ,
        **variables,
        "ECG_DATA_DIR": str(folder / "data"),
        "LOG_FORMAT": "json",
        "ECG_LANG": "en",
    }
    command = [sys.executable, "-m", "ecg", "up", "--port", "0"]
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, env=environment, cwd=folder, stdout=output, stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            yield _address(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=GRACE_SECONDS)
            process.kill()


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Where the API server listens, once a worker is ready, too."""
    assert process.stderr is not None
    said, url = "", ""
    for line in process.stderr:
        said += line
        if "api server listens" in line:
            url = str(json.loads(line)["url"])
        if url and "worker ready" in said:
            return url
    raise AssertionError(f"ecg up ended: {said}\n{log.read_text()}")
