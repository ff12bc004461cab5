"""Ten renders at once against ten one after the other, by the same server and worker (issue 3).

    python bench/render_server.py [--jobs 10] [--seconds 60]

One `ecg serve render` with its own worker and the defaults; 720p with captions that move in every frame.
Memory is that of server, worker, executors, browsers and Redis together. Exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import httpx2
import psutil
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from tests.services.starting import free_port

from clip import SECONDS, clip
from ecg.jobs.execution import admission
from ecg.media import read_frame_table
from ecg.process_memory import tree_pss_mb
from ecg.processes import running
from ecg.render.expectation import memory_of
from ecg.settings import Settings
from render import scenario

MOST_MB = 2500.0
"""PSS of everything together."""
MOST_RATIO = 1.15
"""Ten at once may take so many times as long as ten one after the other."""
LOOK_SECONDS = 0.5
READY_SECONDS = 120.0


@dataclass
class Meter:
    """Looks at a process tree twice a second while it is entered: PSS, CPU time, jobs at work."""

    pid: int
    client: httpx2.Client
    peak_mb: float = 0.0
    most_running: int = 0
    seconds_running: dict[int, float] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="meter")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        last = time.monotonic()
        while not self._stop.wait(LOOK_SECONDS):
            self.peak_mb = max(self.peak_mb, tree_pss_mb(self.pid))
            count = self.client.get("/queue/status").json()["running"]
            now = time.monotonic()
            self.most_running = max(self.most_running, count)
            self.seconds_running[count] = self.seconds_running.get(count, 0.0) + now - last
            last = now


@dataclass(frozen=True)
class Measured:
    """`seconds` until the last one was done, of so many jobs."""

    seconds: float
    statuses: list[dict[str, Any]]
    meter: Meter

    @property
    def each(self) -> list[float]:
        """Seconds from the start of each job to its end, as the server tells them."""
        return [_moment(one["completedAt"]) - _moment(one["startedAt"]) for one in self.statuses]


class Bench:
    """A server and what is asked of it."""

    def __init__(self, client: httpx2.Client, pid: int, video_url: str, seconds: int) -> None:
        self._client, self._pid = client, pid
        self._video_url, self._seconds = video_url, seconds

    def one_after_the_other(self, count: int) -> Measured:
        with Meter(self._pid, self._client) as meter:
            began = time.monotonic()
            statuses = [self._until_done(self._submit(f"alone-{number}")) for number in range(count)]
        return Measured(time.monotonic() - began, statuses, meter)

    def at_once(self, count: int) -> Measured:
        with Meter(self._pid, self._client) as meter:
            began = time.monotonic()
            submitted = [self._submit(f"together-{number}") for number in range(count)]
            statuses = [self._until_done(job_id) for job_id in submitted]
        return Measured(time.monotonic() - began, statuses, meter)

    def _submit(self, job_id: str) -> str:
        cues = [(3 * k, 3 * k + 2.55) for k in range(max(1, self._seconds // 3))]
        request = {
            "jobId": job_id,
            "videoUrl": self._video_url,
            "scenario": scenario(cues, "karaoke"),
            "options": {"width": 1280, "height": 720, "format": "mp4"},
        }
        answer = self._client.post("/render", json=request)
        answer.raise_for_status()
        return job_id

    def _until_done(self, job_id: str) -> dict[str, Any]:
        while True:
            status: dict[str, Any] = self._client.get(f"/api/render/{job_id}/status").json()
            if status["status"] not in ("queued", "processing"):
                return status
            time.sleep(0.1)


@contextlib.contextmanager
def server(folder: Path, video: Path, seconds: int) -> Iterator[Bench]:
    """Everything that is needed; gone when the block ends."""
    port, videos = free_port(), free_port()
    known = [str(field.alias) for field in Settings.model_fields.values()]
    inherited = {name: value for name, value in os.environ.items() if name not in known}
    mine = {"ECG_DATA_DIR": str(folder / "data"), "ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8"}
    hosting = [sys.executable, "-m", "http.server", str(videos), "--bind", "127.0.0.1"]
    serving = [sys.executable, "-m", "ecg", "serve", "render", "--port", str(port)]
    with (
        (folder / "log").open("wb") as log,
        running([*hosting, "--directory", str(video.parent)], stdout=log, stderr=log),
        running(serving, cwd=folder, env={**inherited, **mine}, stdout=log, stderr=log) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        _until_calibrated(client)
        yield Bench(client, process.pid, f"http://127.0.0.1:{videos}/{video.name}", seconds)


def report(console: Console, alone: Measured, together: Measured, frames: int) -> bool:
    """Print both; whether all bars are met."""
    table = Table("", "one after the other", "at once", "ratio", "bar")
    ratio = together.seconds / alone.seconds
    peak = max(alone.meter.peak_mb, together.meter.peak_mb)
    count = len(together.statuses)
    whole = [
        sum(one["status"] == "completed" and one["frames_processed"] == frames for one in each.statuses)
        for each in (alone, together)
    ]
    dropped = [sum(one["frames_dropped"] for one in each.statuses) for each in (alone, together)]
    seconds = [f"{each.seconds:.1f}" for each in (alone, together)]
    table.add_row("seconds", *seconds, f"{ratio:.3f}", f"≤ {MOST_RATIO}")
    table.add_row(
        "a job, seconds", *(f"{min(each.each):.1f} … {max(each.each):.1f}" for each in (alone, together))
    )
    peaks = [f"{each.meter.peak_mb:.0f}" for each in (alone, together)]
    table.add_row("peak memory, MB (PSS)", *peaks, "", f"≤ {MOST_MB:.0f}")
    table.add_row("completed, with all frames", *(f"{each} of {count}" for each in whole), "", "all")
    table.add_row("frames dropped", *map(str, dropped), "", "0")
    table.add_row("most at work at once", *(str(each.meter.most_running) for each in (alone, together)))
    console.print(table)
    shares = sorted(together.meter.seconds_running.items())
    console.print("at once: " + ", ".join(f"{number} at work for {time:.0f} s" for number, time in shares))
    slots, cores, now = (
        Settings(_env_file=None).max_concurrent_jobs,
        admission.processors(),
        admission.memory(),
    )
    taken = max(one["memory_peak_mb"] or 0 for one in together.statuses)
    console.print(
        f"admission: {slots} slots, {cores} processors; a job is expected to take"
        f" {memory_of(1280, 720):.0f} MB and took {taken:.0f} MB at most;"
        f" {now.available_mb:.0f} MB are free"
    )
    return ratio <= MOST_RATIO and peak <= MOST_MB and whole == [count, count] and dropped == [0, 0]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--jobs", type=int, default=10)
    options.add_argument("--seconds", type=int, default=SECONDS)
    chosen = options.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="ecg-bench-") as name:
        folder = Path(name)
        video = _cut(clip(720), chosen.seconds, folder)
        with server(folder, video, chosen.seconds) as bench:
            load = psutil.getloadavg()[0]
            console.print(
                f"{chosen.jobs} × {chosen.seconds} s at 720p; load of the machine before: {load:.1f}"
            )
            alone = bench.one_after_the_other(chosen.jobs)
            together = bench.at_once(chosen.jobs)
        good = report(console, alone, together, len(read_frame_table(video)))
    console.print("all bars are met" if good else "a bar is missed")
    return 0 if good else 1


def _cut(video: Path, seconds: int, folder: Path) -> Path:
    if seconds >= SECONDS:
        return video
    short = folder / "clip.mp4"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(video), "-t", str(seconds), "-c", "copy"]
    subprocess.run([*command, str(short)], check=True)
    return short


def _until_calibrated(client: httpx2.Client) -> None:
    """Until a worker is there and has nothing to do."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            ready = client.get("/health").json()["status"] == "ok"
            queue = client.get("/queue/status").json()
            if ready and not queue["running"] and not queue["depth"] and queue["throughput_per_hour"]:
                return
        time.sleep(0.1)
    raise TimeoutError(f"the server was not ready within {READY_SECONDS:g} s")


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


if __name__ == "__main__":
    raise SystemExit(main())
