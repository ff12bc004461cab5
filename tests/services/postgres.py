"""PostgreSQL of one's own."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

from ecg.processes import running
from tests.services.starting import acting_as, folder, free_port, prepared, program, says, until_ready

USER = "postgres"
_BINARIES = "/usr/lib/postgresql/*/bin"
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=64MB",
    "logging_collector=off",
)


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """The URL of a fresh server's `postgres` database; its user may do everything.

    `durable`: every commit reaches the disk, as it must in production; without it the tests are quicker.
    """
    with folder("postgres", USER) as place:
        data, log, port = place / "data", place / "log", free_port()
        initdb = [program("initdb", _BINARIES), "-D", str(data), "-U", "ecg", "-A", "trust", "-E", "UTF8"]
        prepared("initdb", [*acting_as(USER), *initdb, "--locale=C", "--no-sync"], place)
        server = [program("postgres", _BINARIES), "-D", str(data), "-p", str(port)]
        for setting in _SETTINGS if durable else _SETTINGS + _CARELESS:
            server += ["-c", setting]
        with (
            log.open("wb") as output,
            running([*acting_as(USER), *server], cwd=place, stdout=output, stderr=output) as process,
        ):
            until_ready("postgres", process, log, lambda: says(log, "ready to accept connections"))
            try:
                yield f"postgresql://ecg@127.0.0.1:{port}/postgres"
            finally:
                process.send_signal(signal.SIGINT)  # SIGTERM would wait for the clients to leave
                process.wait(20)
