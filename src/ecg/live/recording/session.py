"""One run of FFmpeg for a camera: what it tells while it runs, and how it ended.

FFmpeg tells each closed file on a pipe, as a CSV row: name, start and end in seconds of the stream. A session
that tells nothing for too long is killed, however alive its process looks: a frozen camera keeps FFmpeg
waiting. Any end is a failure, unless the session was asked to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import math
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ecg.errors import EcgError
from ecg.live.recording.looking import ENVIRONMENT
from ecg.live.recording.troubles import stalled, trouble_of
from ecg.processes import Child, start

LAST_WORDS = 40
"""Lines of FFmpeg's that are looked at when it has ended."""
END_SECONDS = 3.0
"""What it may take to close its files when it is asked to end."""
FIRST_SEGMENT_SECONDS = 20.0
"""Until the first segment: connecting, and waiting for a key frame."""


@dataclass(frozen=True, slots=True)
class Row:
    """A file that was closed. Seconds of the stream."""

    name: str
    start: float
    end: float


Told = Callable[[Row], Awaitable[None]]


class Session:
    """`run` until the camera ends it or `stop` does. The callbacks are awaited one row after the other."""

    def __init__(self, *, on_segment: Told, on_archive: Told, stall_seconds: float) -> None:
        self._on_segment = on_segment
        self._on_archive = on_archive
        self._stall = stall_seconds
        self._pipes = [os.pipe(), os.pipe()]
        self._words: deque[str] = deque(maxlen=LAST_WORDS)
        self._progress = asyncio.Event()
        self.segments = 0
        self.child: Child | None = None
        self._stopped: EcgError | None = None

    @property
    def pipes(self) -> tuple[int, int]:
        """The descriptors of the child: for segments, for archives."""
        return self._pipes[0][1], self._pipes[1][1]

    def stop(self, reason: EcgError) -> None:
        """End it in order; `run` raises the reason."""
        self._stopped = reason
        self._progress.set()

    async def run(self, command: Sequence[str], descriptors: Sequence[int] = ()) -> None:
        """Always raises: the trouble that the session ended with. Cancelled, it ends FFmpeg in order, and
        what FFmpeg then closes is told still. `descriptors`: further ones that it inherits."""
        try:
            child = await start(
                list(command),
                grace_seconds=END_SECONDS,
                stderr=asyncio.subprocess.PIPE,
                env=ENVIRONMENT,
                pass_fds=(*self.pipes, *descriptors),
            )
        except BaseException:
            self._close()
            raise
        self.child = child
        readers = [
            asyncio.create_task(self._read(self._pipes[0][0], self._segment)),
            asyncio.create_task(self._read(self._pipes[1][0], self._on_archive)),
            asyncio.create_task(self._listen(child)),
        ]
        for _, writing in self._pipes:
            os.close(writing)
        silent: float | None = None
        try:
            silent = await self._watch(child)
        finally:
            ended = asyncio.create_task(self._end(child, readers, kill=silent is not None))
            while not ended.done():  # cancelled once more or not: what was recorded is told
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.shield(ended)
        if self._stopped is not None:
            raise self._stopped
        if silent is not None:
            raise stalled(silent)
        raise trouble_of(self._words, was_live=self.segments > 0)

    async def _watch(self, child: Child) -> float | None:
        """Until FFmpeg has ended by itself (None), or was silent for too long (for so many seconds)."""
        gone = asyncio.create_task(child.wait())
        try:
            while True:
                patience = self._stall if self.segments else max(FIRST_SEGMENT_SECONDS, self._stall)
                began = time.monotonic()
                self._progress.clear()
                progress = asyncio.create_task(self._progress.wait())
                await asyncio.wait({gone, progress}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
                progress.cancel()
                if gone.done() or self._stopped is not None:
                    return None
                if not self._progress.is_set():
                    return time.monotonic() - began
        finally:
            gone.cancel()

    async def _end(self, child: Child, readers: list[asyncio.Task[None]], *, kill: bool) -> None:
        """The process gone, and all that it told handed on."""
        if kill:
            child.kill()
        await child.end(END_SECONDS)
        done, waiting = await asyncio.wait(readers, timeout=END_SECONDS)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in done:
            task.result()

    async def _segment(self, row: Row) -> None:
        self.segments += 1
        self._progress.set()
        await self._on_segment(row)

    async def _read(self, descriptor: int, told: Told) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=1 << 16)
        pipe = os.fdopen(descriptor, "rb", buffering=0)  # the transport closes it
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            while line := await reader.readline():
                if row := parse_row(line):
                    await told(row)
        finally:
            transport.close()

    async def _listen(self, child: Child) -> None:
        stream = child.process.stderr
        assert stream is not None  # noqa: S101  # asked for above
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than any line of FFmpeg's
                continue
            if not line:
                return
            self._words.append(line.decode("utf-8", "replace")[:500])

    def _close(self) -> None:
        for pair in self._pipes:
            for descriptor in pair:
                os.close(descriptor)


def parse_row(line: bytes) -> Row | None:
    """A line of a segment list; None for one that was cut off."""
    try:
        name, begin, end = next(csv.reader([line.decode().strip()]))
        row = Row(name, float(begin), float(end))
    except (ValueError, StopIteration, UnicodeDecodeError):
        return None
    return row if math.isfinite(row.start) and math.isfinite(row.end) else None
