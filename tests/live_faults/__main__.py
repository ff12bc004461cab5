"""The fault run of live monitoring as a program: `make live-faults`, or `python -m tests.live_faults disk`.

Exits 1 when anything is wrong; the logs of all programs are then kept in `out/live-faults`.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType

import psutil
from rich.console import Console

from tests.faults.programs import describe
from tests.faults.report import print_checks
from tests.live_faults.clock import clock_stepped
from tests.live_faults.disk import NotMounted, disk_full
from tests.live_faults.report import print_scene
from tests.live_faults.run import Say, Scene, cameras_and_servers, recorder_and_camera
from tests.services.starting import NotStarted

LOGS = Path("out/live-faults")
SCENES: dict[str, Callable[[Path, Say], Awaitable[Scene]]] = {
    "cameras": cameras_and_servers,
    "small": recorder_and_camera,
    "disk": disk_full,
    "clock": clock_stepped,
}
WHOLE = ("cameras", "disk", "clock")
"""All but the small one, which the suite runs."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.live_faults", description=__doc__)
    parser.add_argument("scenes", nargs="*", choices=[*SCENES, []], metavar="SCENE", help=", ".join(SCENES))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _leave)
    console = Console(highlight=False, soft_wrap=True, width=130)
    began = time.monotonic()
    wrong = [name for name in options.scenes or WHOLE if not _played(console, name)]
    if left := psutil.Process().children(recursive=True):
        wrong.append("left: " + "; ".join(map(describe, left)))
    verdict = f"WRONG: {', '.join(wrong)}" if wrong else "all is well"
    console.print(f"\n{time.monotonic() - began:.0f} s in all; {verdict}")
    return 1 if wrong else 0


def _played(console: Console, name: str) -> bool:
    """Whether all is well in a scene."""
    console.print(f"\n[bold]{name}[/bold]")
    with tempfile.TemporaryDirectory(prefix="ecg-live-faults-") as place:
        folder = Path(place)
        try:
            found = asyncio.run(_whole(name, folder, console))
        except NotMounted as error:
            console.print(f"  skipped: {error}", markup=False)
            return True
        except (AssertionError, NotStarted, TimeoutError, ExceptionGroup) as error:
            console.print(f"  the scene could not be finished: {error!r}", markup=False)
            _keep(folder, name, console)
            return False
        print_scene(console, found)
        print_checks(console, found.checks)
        well = not any(check.wrong for check in found.checks)
        if not well:
            _keep(folder, name, console)
    return well


async def _whole(name: str, folder: Path, console: Console) -> Scene:
    return await SCENES[name](folder, console.print)


def _keep(folder: Path, name: str, console: Console) -> None:
    logs = LOGS / name
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    for log in folder.glob("*.log"):
        shutil.copy(log, logs)
    console.print(f"  logs: {logs.absolute()}")


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit("told to end")


if __name__ == "__main__":
    raise SystemExit(main())
