"""What a camera costs that is copied: CPU of its recorder and of the servers, with more and more cameras.

    python bench/live_cost.py [--cameras 1,4,10,20,30] [--seconds 30] [--viewers 1]

The cameras are files of 720p with sound that are played in a loop, so that no camera's server takes time from
what is measured. Each is watched by a viewer that asks as hls.js does: the playlist once a second, every
segment once. The viewers are this process, which is not counted. What the servers take without any camera is
measured first, and is no camera's. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import httpx2
from rich.console import Console
from rich.table import Table
from tests.services.live_installation import LiveInstallation, live_installation
from tests.services.rtsp_camera import ClipKind, make_clip

from live_machine import CpuMeter

KIND = ClipKind(width=1280, height=720, bit_rate="2M", sound=True)
SETTLE_SECONDS = 8.0
BAR = 0.02
"""Of a core, for each camera: the recorder, and the servers."""


@dataclass(frozen=True)
class Cost:
    """Shares of one core, of all cameras together."""

    cameras: int
    recorders: float
    live: float
    api: float
    idle: float
    """What the servers take without any camera."""
    late_segments: int
    """Cameras whose newest segment was older than three seconds at the end: they were not carried."""

    @property
    def recorder_each(self) -> float:
        return self.recorders / self.cameras

    @property
    def server_each(self) -> float:
        return max(0.0, self.live + self.api - self.idle) / self.cameras

    @property
    def good(self) -> bool:
        return self.recorder_each <= BAR and self.server_each <= BAR and not self.late_segments


def looping_file(folder: Path) -> Path:
    """A camera's clip as a file that can be played."""
    clip = make_clip(KIND, folder)
    path = folder / "camera.mp4"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-r", str(KIND.rate), "-i", str(clip.video)]
    command += ["-i", str(clip.sound), "-c", "copy", str(path)]
    subprocess.run(command, check=True)
    return path


async def watch(url: str) -> None:
    """Ask for a camera's playlist and segments for ever, as a player does."""
    known: set[str] = set()
    async with httpx2.AsyncClient(timeout=10) as client:
        while True:
            with suppress(httpx2.HTTPError):
                text = (await client.get(url)).text
                named = [line for line in text.splitlines() if line and not line.startswith("#")]
                for uri in named[-3:] if not known else named:
                    if uri not in known:
                        await client.get(urljoin(url, uri))
                known = set(named)
            await asyncio.sleep(1)


async def measure(options: argparse.Namespace, folder: Path, console: Console) -> list[Cost]:
    path = looping_file(folder)
    costs: list[Cost] = []
    viewers: list[asyncio.Task[None]] = []
    names: list[str] = []
    async with live_installation(folder) as installation:
        await asyncio.sleep(SETTLE_SECONDS)
        idle = await _idle(installation, options.seconds)
        try:
            for count in options.cameras:
                while len(names) < count:
                    names.append(f"file-{len(names) + 1}")
                    await installation.user.add_camera(names[-1], path.as_uri(), analysis={"enabled": False})
                for name in names[len(viewers) // max(1, options.viewers) :]:
                    await installation.user.until_state(name, "live")
                    link = await installation.user.playlist(name)
                    viewers += [asyncio.create_task(watch(link)) for _ in range(options.viewers)]
                await asyncio.sleep(SETTLE_SECONDS)
                costs.append(await _cost(installation, names, options.seconds, idle))
                console.print(f"{count} cameras: {costs[-1]}")
        finally:
            for viewer in viewers:
                viewer.cancel()
            await asyncio.gather(*viewers, return_exceptions=True)
    return costs


async def _idle(installation: LiveInstallation, seconds: float) -> float:
    meter = CpuMeter(installation.live.pid, installation.api.pid)
    await asyncio.sleep(seconds)
    return sum(share.all for share in meter.shares())


async def _cost(installation: LiveInstallation, names: list[str], seconds: float, idle: float) -> Cost:
    meter = CpuMeter(installation.live.pid, installation.api.pid)
    await asyncio.sleep(seconds)
    live, api = meter.shares()
    ages = [(await installation.user.status(name))["last_segment_age_seconds"] for name in names]
    late = sum(age is None or age > 3 for age in ages)
    recorders = sum(used for name, used in live.children.items() if "ffmpeg" in name)
    return Cost(len(names), recorders, live.all - recorders, api.all, idle, late)


def report(console: Console, costs: list[Cost]) -> bool:
    table = Table(
        "cameras", "recorder each", "servers each", "ecg live", "API server", "a core carries", "late"
    )
    for cost in costs:
        carried = 1 / (cost.recorder_each + cost.server_each)
        table.add_row(
            str(cost.cameras),
            f"{cost.recorder_each:.2%}",
            f"{cost.server_each:.2%}",
            f"{cost.live:.1%}",
            f"{cost.api:.1%}",
            f"{carried:.0f}",
            str(cost.late_segments),
        )
    console.print(table)
    console.print(f"without any camera the servers take {costs[0].idle:.1%} of a core")
    good = all(cost.good for cost in costs)
    verdict = "met" if good else "missed"
    console.print(f"shares of one core; bar {BAR:.0%} for a recorder, {BAR:.0%} for the servers: {verdict}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--cameras", type=lambda text: [int(each) for each in text.split(",")], default=[1, 4, 10, 20, 30]
    )
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--viewers", type=int, default=1, help="of each camera")
    options = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="ecg-live-cost-") as place:
        costs = asyncio.run(measure(options, Path(place), console))
    return 0 if report(console, costs) else 1


if __name__ == "__main__":
    raise SystemExit(main())
