"""The job spine against its bars (issue 3): registering, claiming, sharing a queue, polling, events.

    python bench/spine.py [registering] [claiming] [sharing] [polling] [--databases SQLite,PostgreSQL,MariaDB]

Without names, all of them. The databases are started for the run, with commits that reach the disk. What is
compared takes turns, so that a machine that slows down slows both. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from rich.console import Console

import spine_claiming
import spine_polling
import spine_registering
import spine_sharing
from spine_places import DATABASES, database_servers

PARTS = {
    "registering": spine_registering.measure,
    "claiming": spine_claiming.measure,
    "sharing": spine_sharing.measure,
    "polling": spine_polling.measure,
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    options.add_argument("--databases", default=",".join(DATABASES))
    chosen = options.parse_args()
    if unknown := [part for part in chosen.parts if part not in PARTS]:
        options.error(f"there is no part {unknown[0]!r}: {', '.join(PARTS)}")
    console = Console(width=110)
    good = True
    with database_servers(chosen.databases.split(",")) as servers:
        for part in chosen.parts or PARTS:
            good &= PARTS[part](console, servers)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
