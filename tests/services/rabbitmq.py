"""RabbitMQ of one's own."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ecg.processes import running
from tests.services.starting import acting_as, folder, free_port, program, says, until_ready

USER = "rabbitmq"
_SCRIPTS = "/usr/lib/rabbitmq/bin"
"""Debian's command on PATH insists on the system's own folders."""


@contextlib.contextmanager
def rabbitmq() -> Iterator[str]:
    """The URL of a fresh broker: durable queues are on disk, as it does by itself."""
    with folder("rabbitmq", USER) as place:
        port, names = free_port(), free_port()
        environment = _environment(place, port, names)
        registry = [*acting_as(USER), program("epmd"), "-address", "127.0.0.1", "-port", str(names)]
        server = [*acting_as(USER), _server(), "+sbwt", "none"]
        log = place / "log"
        with (
            log.open("wb") as output,
            # Erlang would start its registry of names by itself, as a daemon that stays.
            running(registry, cwd=place, env=environment, stdout=output, stderr=output),
            running(
                server, cwd=place, env=environment, stdout=output, stderr=output, grace_seconds=15
            ) as process,
        ):
            until_ready("rabbitmq-server", process, log, lambda: says(log, "completed with"))
            yield f"amqp://guest:guest@127.0.0.1:{port}//"


def _server() -> str:
    script = Path(_SCRIPTS) / "rabbitmq-server"
    return str(script) if script.exists() else program("rabbitmq-server")


def _environment(place: Path, port: int, names: int) -> dict[str, str]:
    files = {
        "rabbitmq.conf": f"listeners.tcp.local = 127.0.0.1:{port}\n",
        "rabbitmq-env.conf": "",  # instead of the system's
        "enabled_plugins": "[].\n",
    }
    for name, text in files.items():
        (place / name).write_text(text)
        if os.geteuid() == 0:
            shutil.chown(place / name, USER, USER)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place),  # of the cookie that lets nodes talk
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_FLAGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_NODENAME": f"ecg-test-{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(place / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(place / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(place / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(place / "mnesia"),
        "RABBITMQ_LOG_BASE": str(place / "logs"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(place / "pid"),
    }
