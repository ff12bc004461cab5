"""One camera, recorded for as long as it is wanted: sessions one after the other.

A session that ends, for whatever reason, is followed by another after a pause (`pauses`). The playlist's
sequences go on over sessions, restarts and hosts; each session begins with a discontinuity and with a new
recording. What happened is told to `Teller`, which keeps it in the database when it can.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from ecg.errors import Conflict, EcgError, StorageError
from ecg.live.archives.open_files import OpenFiles
from ecg.live.cameras.schemas import State, StreamFacts
from ecg.live.cameras.source import Kind, Source
from ecg.live.hls.playlist import Segment
from ecg.live.hls.shelf import Shelf
from ecg.live.places import CameraPlaces
from ecg.live.recording.clock import StreamClock
from ecg.live.recording.command import Outputs, Wishes, recorder_command
from ecg.live.recording.inputs import CameraInput, camera_input
from ecg.live.recording.looking import facts_of, look
from ecg.live.recording.pauses import HEALTHY_SECONDS, pause_after
from ecg.live.recording.plan import Plan, plan_of, same_streams
from ecg.live.recording.reaching import reach
from ecg.live.recording.session import Row, Session
from ecg.live.recording.stream_state import StreamState
from ecg.live.recording.troubles import CameraStalled, CameraUnreachable, is_lasting
from ecg.media.guard import ffmpeg_program
from ecg.settings import Settings

log = structlog.get_logger(__name__)

JUMP_SECONDS = 0.3
"""A segment that does not begin where the one before ended, by more than that, does not follow from it."""
STALL_SECONDS = 5.0
"""No new segment for so long, or for three segments where they are long, is a stall."""
LOOK_AGAIN = 3
"""After so many tries to reach a camera it is looked at anew, and else it is taken to be what it was."""


class PlanChanged(Conflict):
    code = "CAMERA_STREAM_CHANGED"


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


class Teller(Protocol):
    """What a recorder tells. None of the calls waits or raises."""

    def changed(self) -> None:
        """The stream's state is another one."""

    def began(self, kind: str, error: EcgError, at: int) -> None:
        """Video is missing since then."""

    def ended(self, at: int) -> None:
        """There is video again."""

    def closed(self) -> None:
        """A recording was closed, and can be registered."""


class Recorder:
    """`run` until cancelled."""

    def __init__(
        self,
        camera: Recorded,
        settings: Settings,
        teller: Teller,
        state: StreamState,
        *,
        proxy: str | None = None,
    ) -> None:
        self.camera = camera
        self.state = state
        self._settings = settings
        self._teller = teller
        self._proxy = proxy
        self._facts = camera.found
        self._shelf = Shelf(
            camera.places.hls,
            keep_seconds=settings.live_window_seconds,
            next_sequence=camera.next_sequence,
        )
        self._failures = 0
        self._live = False
        self._session: _Running | None = None
        self._log = log.bind(camera_id=camera.camera_id, tenant_id=camera.tenant_id)

    @property
    def sessions(self) -> set[str]:
        """The names of sessions whose files are being written now."""
        return {self._session.name} if self._session else set()

    async def run(self) -> None:
        await asyncio.to_thread(self._prepare)
        while True:
            try:
                await self._record()
            except EcgError as error:
                trouble = error
            except OSError as error:
                trouble = StorageError(f"the recording host cannot write: {error.strerror or error}")
            finally:
                self._session = None
            await asyncio.sleep(self._troubled(trouble))

    async def pause(self) -> None:
        """Show nothing any more; the next recorder goes on from here."""
        with contextlib.suppress(OSError):
            await asyncio.to_thread(self._shelf.pause)

    def _prepare(self) -> None:
        self.camera.places.make()
        self._shelf.open()

    async def _record(self) -> None:
        """One session; raises what it ended with."""
        camera = self.camera
        place = await reach(camera.source, self._settings)
        if self._facts is None:
            seen = await look(camera.source, self._settings, transport=camera.transport, proxy=self._proxy)
            self._facts = seen.facts
        plan = plan_of(self._facts)
        self._session = running = _Running(self, plan)
        pulled = camera.source.kind is Kind.HTTP and self._facts.video.codec == "mjpeg"
        wishes = Wishes(camera.transport, self._proxy, arrival_times=pulled)
        with camera_input(camera.source, place.url, wishes) as input_:
            await running.run(input_)

    def _troubled(self, trouble: EcgError) -> float:
        """Remember and tell what a session ended with; answers the pause."""
        now = _now()
        if isinstance(trouble, PlanChanged):
            self._log.info("the camera sends something else by now", reason=str(trouble))
            self._live = False
            return 0.0
        stall = isinstance(trouble, CameraStalled)
        lasted = self._live and time.monotonic() - self._live_since >= HEALTHY_SECONDS
        self._failures = 0 if lasted else self._failures + 1
        lasting = is_lasting(trouble)
        message = self.camera.source.redacted(str(trouble))
        if self._live or self.state.state == "starting":
            kind = "stall" if stall else "reconnect" if self._live else "failed"
            self._teller.began(kind, trouble, (self.state.last_segment_at or now) if self._live else now)
        self.state.reconnects += self._live
        self.state.stalls += stall and self._live
        if not self._live and (
            self._failures % LOOK_AGAIN == 0 or not isinstance(trouble, CameraUnreachable)
        ):
            self._facts = None  # it may send something else by now
        self._live = False
        pause = pause_after(self._failures, lasting=lasting)
        turned: State = "failed" if lasting else "stalled" if stall else "retrying"
        self.state.turn(turned, now, code=trouble.code, message=message)
        self._teller.changed()
        again = round(pause, 1)
        self._log.warning("a camera's stream ended", code=trouble.code, reason=message, again_in=again)
        return pause

    async def shown(self, segment: Segment, plan: Plan, *, first: bool) -> None:
        """A segment of the running session goes into the playlist."""
        before = self._shelf.window
        if first and before is not None:
            segment = replace(segment, discontinuity=True)
        window = await asyncio.to_thread(self._shelf.add, segment, target=plan.target)
        self.state.last_segment_at = segment.end
        self.state.next_sequence = window.next_sequence
        self.state.segment_seconds = round(segment.milliseconds / 1000, 2)
        if not self._live:
            self._live = True
            self._live_since = time.monotonic()
            self.state.transcoding = plan.encode_reason
            self.state.found = self._facts.model_dump_json() if self._facts else None
            self.state.turn("live", _now())
            self._teller.ended(segment.at)
            self._teller.changed()

    async def check_facts(self, name: str, seconds: float, plan: Plan) -> None:
        """Whether the plan still serves what the camera sends; raises PlanChanged."""
        if self._facts is None:
            return
        found = await asyncio.to_thread(facts_of, self.camera.places.hls / name, self._facts.protocol)
        video = found.video.model_copy(update={"gop_seconds": found.video.gop_seconds or round(seconds, 3)})
        audio = found.audio if plan.audio == "copy" else self._facts.audio
        found = found.model_copy(update={"video": video, "audio": audio})
        before, self._facts = self._facts, found
        if not same_streams(before, found) or plan_of(found).encode_reason is not None:
            raise PlanChanged("it has another codec, or longer groups of pictures")
        self.state.found = found.model_dump_json()

    def closed(self) -> None:
        self._teller.closed()


class _Running:
    """One session of a recorder: from FFmpeg's rows to segments and recordings."""

    def __init__(self, recorder: Recorder, plan: Plan) -> None:
        self.name = secrets.token_hex(4)
        self._recorder = recorder
        self._plan = plan
        self._clock = StreamClock()
        self._end = 0.0
        self._first = True
        self._closed_at = time.monotonic()
        self._files = OpenFiles(recorder.camera.places.open, self.name)
        self._session = Session(
            on_segment=self._segment,
            on_archive=self._archive,
            stall_seconds=max(STALL_SECONDS, 3 * plan.segment_seconds),
        )

    async def run(self, input_: CameraInput) -> None:
        camera = self._recorder.camera
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
                self._recorder.closed()

    async def _segment(self, row: Row) -> None:
        milliseconds = round(row.end * 1000) - round(row.start * 1000)
        if milliseconds <= 0:
            return
        jumped = not self._first and abs(row.start - self._end) > JUMP_SECONDS
        if jumped:
            self._clock.restart()
        stepped = self._clock.observe(row.end, _now())
        first, self._first, self._end = self._first, False, row.end
        if first and self._plan.encode_reason is None:
            try:
                await self._recorder.check_facts(row.name, milliseconds / 1000, self._plan)
            except EcgError as error:
                self._session.stop(error)
                return
        at = self._clock.at(row.start)
        segment = Segment(row.name, milliseconds, at, discontinuity=jumped or stepped)
        if first:
            await asyncio.to_thread(self._files.begin, at)
        await self._recorder.shown(segment, self._plan, first=first)

    async def _archive(self, row: Row) -> None:
        if self._clock.zero is None:
            self._clock.observe(row.end, _now())
        now = time.monotonic()
        elapsed, self._closed_at = round((now - self._closed_at) * 1000), now
        milliseconds = round((row.end - row.start) * 1000)
        ended = self._clock.at(row.end)
        await asyncio.to_thread(self._files.close, row.name, milliseconds, ended, elapsed)
        self._recorder.closed()


def _now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
