"""A clock that is set: `ecg live` and its recorders run under libfaketime, which moves their time of day."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ecg.media.guard import ffmpeg_program
from tests.faults.checks import Checked
from tests.live_faults.archive_frames import Found
from tests.live_faults.checks import check_playlist
from tests.live_faults.recorded import Recorded
from tests.live_faults.run import Say, Scene, scene
from tests.live_faults.subjects import Subject
from tests.services.rtsp_camera import ClipKind
from tests.services.starting import NotStarted

LIBRARY = "lib/*/faketime/libfaketimeMT.so.1"
KIND = ClipKind(width=480, height=270, seconds=300)
"""The clip is longer than the scene, so its numbers alone tell when a frame was taken."""
STEPS = ((3600.0, 45.0), (-3600.0, 15.0), (-20.0, 15.0))
"""Seconds by which the clock is set, and for which it stays so. Whoever tells a clock that was set from rows
that came late needs half a minute to be sure that they are not late."""
HOUR = 3600.0


def library() -> Path:
    """Raises NotStarted where libfaketime is not installed."""
    for found in sorted(Path("/usr").glob(LIBRARY)):
        return found
    raise NotStarted("libfaketime is not installed; to mend it: make setup")


class SteppedClock:
    """The time of day of programs that run with `environment`; `step` moves it under them."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self.offset = 0.0
        self._write()
        programs = folder / "programs"
        programs.mkdir()
        preload = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        # Recorders get no environment of ours, so their program brings it along.
        wrapper = programs / "ffmpeg"
        said = " ".join(f"{name}={value}" for name, value in preload.items())
        wrapper.write_text(f'#!/bin/sh\nexec env {said} {ffmpeg_program()} "$@"\n')
        wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
        self.environment = {**preload, "PATH": f"{programs}:{os.environ['PATH']}"}

    def step(self, seconds: float) -> None:
        self.offset += seconds
        self._write()

    def _write(self) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(f"{self.offset:+.0f}\n")
        part.rename(self._file)


async def clock_stepped(folder: Path, say: Say) -> Scene:
    """An hour forward, back again, and twenty seconds back, into a time that was recorded already."""
    clock = SteppedClock(folder)
    began = time.time()
    async with scene(
        folder,
        ("timed",),
        say,
        kind=KIND,
        live_environment=clock.environment,
        check=lambda subject, left: check_stepped(subject, left, began),
    ) as found:
        for seconds, stays in STEPS:
            with found.subjects["timed"].trouble(f"clock set by {seconds:+.0f} s"):
                clock.step(seconds)
                await asyncio.sleep(stays)
            await found.viewer_is_live(f"the clock was set by {seconds:+.0f} s")
    ahead = sum(moment > began + HOUR for moment in logged_times(folder / "live.log"))
    recorded = sum(archive.span.end > began + HOUR for archive in found.left["timed"].archives)
    say(f"  an hour ahead: {ahead} lines of ecg live's log, {recorded} recordings")
    found.left = {
        name: replace(left, found=on_a_true_clock(left.found, began)) for name, left in found.left.items()
    }
    found.checks.append(
        Checked("the clock was set", [] if ahead and recorded else ["ecg live did not notice"])
    )
    return found


def logged_times(log: Path) -> Iterator[float]:
    """When a program wrote each line of its log, by its own clock."""
    for line in log.read_text().splitlines():
        if line.startswith("{"):
            yield datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()


def check_stepped(subject: Subject, left: Recorded, began: float) -> list[Checked]:
    """Nothing is lost and nothing doubled. What the archives tell of times follows the clock that was set."""
    truth = on_a_true_clock(left.found, began)
    holes = [f"{hole.seconds:.2f} s are missing at {hole.start:.2f}" for hole in truth.missing()]
    twice = [f"{len(truth.twice)} frames are there twice"] if truth.twice else []
    names = [archive.name for archive in left.archives]
    same = [f"two recordings are called {name}" for name in set(names) if names.count(name) > 1]
    return [
        Checked(f"{subject.name}: its playlist kept the rules throughout", list(check_playlist(subject))),
        Checked(f"{subject.name}: no frame is missing", holes),
        Checked(f"{subject.name}: each frame is in the recordings once", twice + same),
    ]


def on_a_true_clock(found: Found, began: float) -> Found:
    """Frames as they were taken after `began`, whatever clock the archives' times are of."""
    first = int(began * float(KIND.rate))
    frames: Counter[int] = Counter()
    for frame, count in found.frames.items():
        frames[first + (frame - first) % KIND.frames] += count
    return Found(found.rate, frames, found.unreadable, found.spans)
