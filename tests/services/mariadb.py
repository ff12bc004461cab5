"""MariaDB of one's own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ecg.processes import running
from tests.services.starting import folder, free_port, prepared, program, says, until_ready

USER = "mysql"
_CARELESS = ("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0")
_SETTINGS = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--max-connections=300",
    "--innodb-buffer-pool-size=128M",
    "--innodb-log-file-size=64M",
    "--performance-schema=OFF",
)


@contextlib.contextmanager
def mariadb(*, durable: bool = False) -> Iterator[str]:
    """The URL of a fresh server's `mysql` database; its user may do everything.

    `durable`: every commit reaches the disk, as it must in production; without it the tests are quicker.
    """
    with folder("mariadb", USER) as place:
        data, log, port = place / "data", place / "log", free_port()
        # A server that starts clears the folder of temporary tables, others' in a shared one among them.
        common = ["--no-defaults", f"--datadir={data}", f"--tmpdir={place}"]
        if os.geteuid() == 0:
            common.append(f"--user={USER}")
        install = [program("mariadb-install-db"), *common, "--skip-test-db"]
        prepared("mariadb-install-db", [*install, "--auth-root-authentication-method=normal"], place)
        # A server reads this file before it answers, so whoever connects finds the user; one a line.
        first = place / "first.sql"
        first.write_text("CREATE USER ecg@'%';\nGRANT ALL ON *.* TO ecg@'%' WITH GRANT OPTION;\n")
        server = [program("mariadbd", "/usr/sbin"), *common, f"--port={port}", f"--socket={place / 'socket'}"]
        server += [f"--pid-file={place / 'pid'}", f"--init-file={first}", *_SETTINGS]
        if not durable:
            server += _CARELESS
        with log.open("wb") as output, running(server, cwd=place, stdout=output, stderr=output) as process:
            until_ready("mariadbd", process, log, lambda: says(log, "ready for connections"))
            yield f"mariadb://ecg@127.0.0.1:{port}/mysql"
