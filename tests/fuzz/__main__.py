"""The long run as a program: `make fuzz`, or `python -m tests.fuzz api --requests 500`.

Prints the seed, with which the run can be repeated, and how each operation was answered. Exits 1 at the first
answer that is wrong.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from tests.fuzz.asking import Seen, ask_in_sequence, ask_one, labels_of
from tests.fuzz.servers import Asked, api_server, speech_server

SERVERS = {"api": api_server, "speech": speech_server}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("servers", nargs="*", choices=[*SERVERS, []], metavar="SERVER")
    parser.add_argument("--requests", type=int, default=100, help="of each operation, right and wrong ones")
    parser.add_argument("--sequences", type=int, default=200)
    parser.add_argument("--steps", type=int, default=12, help="requests of a sequence")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    options = parser.parse_args()
    console = Console(width=110)
    console.print(f"seed {options.seed}")
    for name in options.servers or SERVERS:
        with tempfile.TemporaryDirectory(prefix="ecg-fuzz-") as folder, SERVERS[name](Path(folder)) as asked:
            try:
                seen = _ask(asked, options)
            except (FailureGroup, AssertionError) as error:
                console.print(f"WRONG, {name} server: {error}", markup=False)
                return 1
        _show(console, name, seen)
    return 0


def _ask(asked: Asked, options: argparse.Namespace) -> Seen:
    seen: Seen = Counter()
    for label in labels_of(asked.document):
        for mode in GenerationMode:
            seen += ask_one(
                asked.document,
                label,
                mode,
                headers=asked.headers,
                requests=options.requests,
                seed=options.seed,
            )
    return seen + ask_in_sequence(
        asked.document,
        headers=asked.headers,
        sequences=options.sequences,
        steps=options.steps,
        seed=options.seed,
    )


def _show(console: Console, name: str, seen: Seen) -> None:
    table = Table("operation", "answers", title=f"{name} server: {seen.total():,} answers, all documented")
    for label in dict.fromkeys(label for label, _ in seen):
        counts = sorted((status, count) for (one, status), count in seen.items() if one == label)
        table.add_row(label, ", ".join(f"{status}: {count}" for status, count in counts))
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
