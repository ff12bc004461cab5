"""One session of a recorder: from the rows that FFmpeg tells to live segments and recordings.

Here streams get their wall-clock times, and here is seen what does not follow from what came before.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ecg.errors import EcgError, StorageError
from ecg.live.archives.open_files import OpenFiles
from ecg.live.cameras.schemas import StreamFacts
from ecg.live.cameras.source import Source
from ecg.live.hls.playlist import Segment
from ecg.live.places import CameraPlaces
from ecg.live.recording.clock import StreamClock
from ecg.live.recording.command import Outputs, recorder_command
from ecg.live.recording.inputs import CameraInput
from ecg.live.recording.plan import Plan
from ecg.live.recording.session import Row, Session
from ecg.media.guard import ffmpeg_program

JUMP_SECONDS = 0.3
"""A segment that does not begin where the one before ended, by more than that, does not follow from it."""
STALL_SECONDS = 5.0
"""No new segment for so long, or for three segments where they are long, is a stall."""
TS_PACKET_BYTES = 188
LONGEST_MS = 15_000
"""No segment is so long: plans see to it (`plan.LONGEST_GOP_SECONDS`)."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A camera as its recorder has it."""

    tenant_id: str
    camera_id: str
    source: Source
    transport: str
    archive_seconds: int
    places: CameraPlaces
    next_sequence: int
    found: StreamFacts | None
    """What it sent when it was looked at last."""


class Keeper(Protocol):
    """Whoever makes something of a session."""

    async def shown(self, segment: Segment, plan: Plan, *, first: bool) -> None:
        """A live segment; `first`: of the session."""

    async def check_facts(self, name: str, seconds: float, plan: Plan) -> None:
        """A session that copies brought its first segment: raises EcgError when the plan does not fit it."""

    def closed(self) -> None:
        """A recording was closed."""


class RecordedSession:
    """Its files carry its `name`. `run` until it ends, and raise why."""

    def __init__(self, camera: Recorded, plan: Plan, keeper: Keeper) -> None:
        self.name = secrets.token_hex(4)
        self._camera = camera
        self._keeper = keeper
        self._plan = plan
        self._clock = StreamClock()
        self._end = 0.0
        self._first = True
        self._broken = False
        """The next segment does not follow from the one that was shown last."""
        self._closed_at = time.monotonic()
        self._files = OpenFiles(camera.places.open, self.name)
        self._session = Session(
            on_segment=self._segment,
            on_archive=self._archive,
            stall_seconds=max(STALL_SECONDS, 3 * plan.segment_seconds),
        )

    async def run(self, input_: CameraInput) -> None:
        camera = self._camera
        segment_pipe, archive_pipe = self._session.pipes
        outputs = Outputs(
            segments=camera.places.hls,
            archives=camera.places.open,
            session=self.name,
            archive_seconds=camera.archive_seconds,
            segment_pipe=segment_pipe,
            archive_pipe=archive_pipe,
        )
        try:
            command = recorder_command(ffmpeg_program(), input_.arguments, self._plan, outputs)
            await self._session.run(command, input_.descriptors)
        finally:
            if await asyncio.shield(asyncio.to_thread(self._files.leave)):
                self._keeper.closed()

    async def _segment(self, row: Row) -> None:
        milliseconds = round(row.end * 1000) - round(row.start * 1000)
        if milliseconds <= 0:
            return
        if not await asyncio.to_thread(_is_whole, self._camera.places.hls / row.name):
            self._session.stop(StorageError("a live segment could not be written: is the disk full?"))
            return
        if not self._first and abs(row.start - self._end) > JUMP_SECONDS:
            self._broken = True
            self._clock.restart()
        self._broken |= self._clock.observe(row.end, _now())
        first, self._first, self._end = self._first, False, row.end
        if first and self._plan.encode_reason is None:
            try:
                await self._keeper.check_facts(row.name, milliseconds / 1000, self._plan)
            except EcgError as error:
                self._session.stop(error)
                return
        if milliseconds > LONGEST_MS:  # the camera's times have jumped within it
            self._broken = True
            self._clock.restart()
            return
        at = self._clock.at(row.start)
        segment = Segment(row.name, milliseconds, at, discontinuity=self._broken)
        self._broken = False
        if first:
            await asyncio.to_thread(self._files.begin, at)
        await self._keeper.shown(segment, self._plan, first=first)

    async def _archive(self, row: Row) -> None:
        if self._clock.zero is None:
            self._clock.observe(row.end, _now())
        now = time.monotonic()
        elapsed, self._closed_at = round((now - self._closed_at) * 1000), now
        milliseconds = round((row.end - row.start) * 1000)
        ended = self._clock.at(row.end)
        await asyncio.to_thread(self._files.close, row.name, milliseconds, ended, elapsed)
        self._keeper.closed()


def _is_whole(segment: Path) -> bool:
    """Whether all of it is there: FFmpeg tells segments, too, of which a full disk took nothing or a part."""
    size = segment.stat().st_size
    return size > 0 and size % TS_PACKET_BYTES == 0


def _now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
