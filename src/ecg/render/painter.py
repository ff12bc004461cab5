"""Paints a scene with headless browsers and hands it on as a stream of changes.

Frames with captions fall into *runs*: stretches in which at least one cue is seen. A run starts from an empty
overlay, so runs do not depend on each other and may be painted by any browser in any order; the stream is put
together in frame order. Each run has a bounded buffer: a browser that is ahead waits inside its POST
(backpressure), nothing is dropped and nothing grows. A browser that dies is replaced and goes on at the frame
after the last one that arrived; since a frame is a pure function of time, nobody can tell. For the same
reason nobody can tell when memory is `short` and the painter makes do with one browser and smaller sheets.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from ecg.captions.scene import Scene
from ecg.errors import RenderError
from ecg.render.browser import Browser, BrowserGone, Page, invocation
from ecg.render.changes import Change, Patch
from ecg.render.crew import Crew
from ecg.render.stage_assets import stage_assets

READBACKS = ("element", "screenshot", "svg")
BUFFER_BYTES = 6 << 20
"""Painted pixels that may wait for the compositor, per run."""
PATIENCE_SECONDS = 60.0
"""How long a browser may paint without handing over a picture before it counts as hung."""
MAX_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """Frames `first` … `stop` - 1 show the cues with the indices `members`."""

    first: int
    stop: int
    members: tuple[int, ...]


def plan_runs(scene: Scene, frame_times_us: Sequence[int]) -> list[Run]:
    """Group the cues into runs of frames; cues that are seen together share one.

    `frame_times_us` are the frames' presentation times in ascending order. A cue is seen in the frames with
    start ≤ time < end; one that falls between two frames is seen in none.
    """
    times = np.asarray(frame_times_us, dtype=np.int64)
    starts = np.searchsorted(times, [cue.start_us for cue in scene.cues], side="left")
    stops = np.searchsorted(times, [cue.end_us for cue in scene.cues], side="left")
    order = sorted((int(a), int(b), i) for i, (a, b) in enumerate(zip(starts, stops, strict=True)) if a < b)
    runs: list[Run] = []
    for first, stop, index in order:
        if runs and first < runs[-1].stop:
            last = runs[-1]
            runs[-1] = Run(last.first, max(last.stop, stop), (*last.members, index))
        else:
            runs.append(Run(first, stop, (index,)))
    return runs


class _Buffer:
    """The pixels of one run on their way to the compositor; bounded in bytes, waits when full."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.last_frame: int | None = None
        self.painted_anew = {run.first}
        """Frames that come whole: the first, and those at which another browser took over."""
        self.touched = time.monotonic()
        self._batches: list[bytes] = []
        self._bytes = 0
        self._done = False
        self._error: BaseException | None = None
        self._closed = False
        self._changed = threading.Condition()

    def put(self, batch: bytes) -> bool:
        """Called by the stage server; False tells the page to stop."""
        with self._changed:
            while self._bytes > BUFFER_BYTES and not self._closed:
                self.touched = time.monotonic()
                self._changed.wait(1.0)
            if self._closed:
                return False
            self.touched = time.monotonic()
            self.last_frame = int(np.frombuffer(batch, np.int32, 1, 4 + 20 * (_count(batch) - 1))[0])
            self._batches.append(batch)
            self._bytes += len(batch)
            self._changed.notify_all()
            return True

    def finish(self, error: BaseException | None = None) -> None:
        with self._changed:
            self._done = True
            self._error = error
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._done = True
            self._changed.notify_all()

    @property
    def whole(self) -> bool:
        """Whether everything was painted, and well."""
        with self._changed:
            return self._done and self._error is None and not self._closed

    def batches(self) -> Iterator[bytes]:
        while True:
            with self._changed:
                while not self._batches and not self._done:
                    self._changed.wait()
                if not self._batches:
                    if self._error:
                        raise self._error
                    return
                batch = self._batches.pop(0)
                self._bytes -= len(batch)
                self._changed.notify_all()
            yield batch


def _count(batch: bytes) -> int:
    return int(np.frombuffer(batch, np.int32, 1)[0])


def _patches(batch: bytes) -> Iterator[tuple[int, Patch]]:
    """Take a batch apart; `pack` in stage/painter.js is its other half."""
    count = _count(batch)
    offset = 4 + count * 20
    view = memoryview(batch)
    for frame, x, y, width, height in np.frombuffer(batch, np.int32, count * 5, 4).reshape(count, 5).tolist():
        size = width * height * 4
        yield frame, Patch(x, y, width, height, view[offset : offset + size])
        offset += size


class Painter:
    """Paints `scene` at the given frame times; use as a context manager and iterate `changes()` once.

    `frame_times_us`: presentation time of every output frame in microseconds from the start of the video.
    `readback` is one of `READBACKS`, or ``auto`` for the first that works in this browser. A `crew` that is
    lent stays open, with its server. While `short()` answers true, less memory is used, and more time.
    """

    def __init__(
        self,
        scene: Scene,
        frame_times_us: Sequence[int],
        *,
        template_css: str,
        browsers: int = 1,
        readback: str = "auto",
        crew: Crew | None = None,
        short: Callable[[], bool] | None = None,
    ) -> None:
        self.runs = plan_runs(scene, frame_times_us)
        self.readback = readback
        self.restarts = 0
        self._times = frame_times_us
        self._crew = crew or Crew()
        self._crew_is_lent = crew is not None
        self._server = self._crew.server
        self._server.begin(stage_assets(scene, template_css), short)
        self._short = short or (lambda: False)
        self._secret = secrets.token_hex(8)
        self._buffers = [_Buffer(run) for run in self.runs]
        self._state = threading.Condition()
        self._next_run = 0
        self._consuming = 0
        self._ahead = max(1, browsers)
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._work, args=(i,), name=f"ecg-painter-{i}", daemon=True)
            for i in range(min(max(1, browsers), len(self.runs)))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def refused_requests(self) -> list[str]:
        """What the page asked for beyond its own assets: always refused."""
        return self._server.refused

    def pids(self) -> list[int]:
        return self._crew.pids()

    def changes(self) -> Iterator[Change]:
        """The overlay's changes in frame order. Raises `RenderError` when painting failed for good."""
        firsts = [run.first for run in self.runs]
        for number, buffer in enumerate(self._buffers):
            if number == 0 and firsts[0] > 0:
                yield Change(0, clear=True, patches=(), quiet_until=firsts[0])
            with self._state:
                self._consuming = number
                self._state.notify_all()
            yield from self._run_changes(buffer)
            stop = buffer.run.stop
            following = firsts[number + 1] if number + 1 < len(firsts) else len(self._times)
            if stop < following:
                yield Change(stop, clear=True, patches=(), quiet_until=following)

    @staticmethod
    def _run_changes(buffer: _Buffer) -> Iterator[Change]:
        first = buffer.run.first
        frame = first
        patches: list[Patch] = []
        for batch in buffer.batches():
            for number, patch in _patches(batch):
                if number != frame:
                    if patches or frame == first:
                        yield Change(frame, clear=frame in buffer.painted_anew, patches=tuple(patches))
                    frame, patches = number, []
                patches.append(patch)
        if patches or frame == first:
            yield Change(frame, clear=frame in buffer.painted_anew, patches=tuple(patches))

    def _work(self, place: int) -> None:
        """One browser's work: paint run after run, never further ahead than there are browsers."""
        browser: Browser | None = None
        page: Page | None = None
        try:
            while (number := self._take_run(place)) is not None:
                buffer = self._buffers[number]
                for attempt in range(MAX_RESTARTS + 1):
                    try:
                        if browser is None or page is None:
                            browser, page = self._open()
                        self._paint(page, number)
                        break
                    except BrowserGone:
                        self._retire(browser)
                        browser = page = None
                        if attempt == MAX_RESTARTS or self._stopping:
                            raise
                        self.restarts += 1
                buffer.finish()
            if browser is not None and not self._stopping and not self._short():
                self._crew.give_back(browser)
                browser = None
        except BaseException as error:  # the consumer raises it; a painter thread has nobody to tell
            for buffer in self._buffers:
                buffer.finish(error)
        finally:
            self._retire(browser)

    def _take_run(self, place: int) -> int | None:
        with self._state:
            while not self._stopping:
                if place > 0 and self._short():
                    return None
                if self._next_run >= len(self.runs):
                    return None
                if self._next_run <= self._consuming + self._ahead:
                    self._next_run += 1
                    return self._next_run - 1
                self._state.wait(1.0)
            return None

    def _open(self) -> tuple[Browser, Page]:
        browser = self._crew.take()
        page = browser.open(self._server.url("/stage.html"))
        name = f"page-{browser.pid}"
        self._server.cameras[name] = page.photograph
        methods = READBACKS if self.readback == "auto" else (self.readback,)
        for method in methods:
            try:
                page.call("ecg.prepare", method, name)
            except BrowserGone:
                raise
            except RenderError:
                if method == methods[-1]:
                    raise
                continue
            self.readback = method
            break
        return browser, page

    def _retire(self, browser: Browser | None) -> None:
        if browser is not None:
            self._crew.retire(browser)

    def _paint(self, page: Page, number: int) -> None:
        run, buffer = self.runs[number], self._buffers[number]
        name = f"{self._secret}-{number}"
        self._server.sinks[name] = buffer.put
        first = run.first
        if buffer.last_frame is not None:
            # After a restart the last frame that arrived is painted again: it may have been cut in two. It
            # comes whole, as the first frame of a run does, upon an empty overlay.
            first = buffer.last_frame
            buffer.painted_anew.add(first)
        frames = [[i, self._times[i]] for i in range(first, run.stop)]
        buffer.touched = time.monotonic()
        answer = page.submit(invocation("ecg.paintRun", name, run.members, frames, self._short()))
        while True:
            try:
                page.value(answer.result(timeout=1.0))
                break
            except FutureTimeout:
                if time.monotonic() - buffer.touched > PATIENCE_SECONDS:
                    raise BrowserGone("the browser stopped painting") from None
        del self._server.sinks[name]

    def close(self) -> None:
        """Stop painting; ends the browsers that still paint, and everything unless the crew was lent."""
        if not all(buffer.whole for buffer in self._buffers):
            self._stop()
        for thread in self._threads:
            thread.join(timeout=10)
        if not self._crew_is_lent:
            self._crew.close()

    def _stop(self) -> None:
        with self._state:
            self._stopping = True
            self._state.notify_all()
        for buffer in self._buffers:
            buffer.close()
        self._crew.end_work()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
