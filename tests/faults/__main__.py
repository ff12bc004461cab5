"""The fault run as a program: `make faults`, or `python -m tests.faults sqlite --seed 7`.

Exits 1 when anything is wrong; what all processes said and made is then kept in `out/faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

import psutil
from rich.console import Console

from tests.faults.checks import check_all
from tests.faults.clips import make_clips, served
from tests.faults.content import Original, originals_of
from tests.faults.faults import NothingToHit
from tests.faults.installations import INSTALLATIONS, Ground
from tests.faults.programs import describe, marked
from tests.faults.report import print_checks, print_jobs
from tests.faults.run import Run
from tests.services.starting import NotStarted

LOGS = Path("out/faults")
FEWEST_JOBS = 12
"""Each fault finds one more job done than the one before."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("installations", nargs="*", choices=[*INSTALLATIONS, []], metavar="INSTALLATION")
    parser.add_argument("--jobs", type=int, default=FEWEST_JOBS, help="on each installation, 12 at least")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="of the faults' order")
    parser.add_argument("--keep", action="store_true", help="keep logs and outputs even when all is well")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _leave)
    console = Console(highlight=False, soft_wrap=True)
    began = time.monotonic()
    chosen = options.installations or list(INSTALLATIONS)
    console.print(f"seed {options.seed}: {', '.join(chosen)}, {options.jobs} jobs each")
    with tempfile.TemporaryDirectory(prefix="ecg-faults-") as place:
        inputs = Path(place) / "clips"
        inputs.mkdir()
        make_clips(inputs)
        originals = originals_of(inputs)
        with served(inputs) as videos_url:
            wrong = [
                name
                for name in chosen
                if not _run_one(
                    console, name, options, Path(place) / name, videos_url=videos_url, originals=originals
                )
            ]
    if left := psutil.Process().children(recursive=True):
        wrong.append("left: " + "; ".join(map(describe, left)))
    verdict = f"WRONG: {', '.join(wrong)}" if wrong else "all is well"
    console.print(f"\n{time.monotonic() - began:.0f} s in all; {verdict}")
    return 1 if wrong else 0


def _run_one(
    console: Console,
    name: str,
    options: argparse.Namespace,
    folder: Path,
    *,
    videos_url: str,
    originals: dict[str, Original],
) -> bool:
    """Whether all is well with this installation."""
    marker = secrets.token_hex(8)
    logs = LOGS.absolute() / name
    shutil.rmtree(logs, ignore_errors=True)
    for each in (folder / "tmp", folder / "data", logs):
        each.mkdir(parents=True)
    jobs = max(FEWEST_JOBS, options.jobs)
    try:
        with INSTALLATIONS[name](Ground(folder, logs, marker)) as installation:
            console.print(f"\n[bold]{installation.name}[/bold]")
            run = Run(installation, logs, videos_url, jobs=jobs, seed=options.seed, say=console.print)
            asyncio.run(run.whole())
            checks = check_all(run, originals, marker)
    except (NothingToHit, NotStarted, TimeoutError, RuntimeError) as error:
        console.print(f"  the run could not be finished: {error}\n  logs: {logs}", markup=False)
        return False
    finally:
        for process in marked(marker, folder):
            process.kill()
    print_jobs(console, run)
    print_checks(console, checks)
    well = not any(check.wrong for check in checks)
    if well and not options.keep:
        shutil.rmtree(logs)
    else:
        console.print(f"  logs and outputs: {logs}")
    return well


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit("told to end")


if __name__ == "__main__":
    raise SystemExit(main())
