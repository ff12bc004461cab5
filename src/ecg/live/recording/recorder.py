"""One camera, recorded for as long as it is wanted: sessions one after the other.

A session that ends, for whatever reason, is followed by another after a pause (`pauses`). The playlist's
sequences go on over sessions, restarts and hosts; each session begins with a discontinuity and with a new
recording. What happened is told to `Teller`, which keeps it in the database when it can.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import Protocol

import structlog

from ecg.errors import Conflict, EcgError, StorageError
from ecg.live.cameras.schemas import State
from ecg.live.cameras.source import Kind
from ecg.live.hls.playlist import Segment
from ecg.live.hls.shelf import Shelf
from ecg.live.recording.command import Wishes
from ecg.live.recording.inputs import camera_input
from ecg.live.recording.looking import facts_of, look
from ecg.live.recording.pauses import HEALTHY_SECONDS, pause_after
from ecg.live.recording.plan import Plan, plan_of, same_streams
from ecg.live.recording.reaching import reach
from ecg.live.recording.recorded_session import Recorded, RecordedSession
from ecg.live.recording.stream_state import StreamState
from ecg.live.recording.troubles import CameraStalled, CameraUnreachable, is_lasting
from ecg.settings import Settings

log = structlog.get_logger(__name__)

LOOK_AGAIN = 3
"""After so many tries to reach a camera it is looked at anew, and else it is taken to be what it was."""


class PlanChanged(Conflict):
    code = "CAMERA_STREAM_CHANGED"


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
        self._session: RecordedSession | None = None
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
        self._session = session = RecordedSession(camera, plan, self)
        pulled = camera.source.kind is Kind.HTTP and self._facts.video.codec == "mjpeg"
        wishes = Wishes(camera.transport, self._proxy, arrival_times=pulled)
        with camera_input(camera.source, place.url, wishes) as input_:
            await session.run(input_)

    def _troubled(self, trouble: EcgError) -> float:
        """Remember and tell what a session ended with; answers the pause."""
        now = _now()
        if isinstance(trouble, PlanChanged):
            self._log.info("the camera sends something else by now", reason=str(trouble))
            self._live = False
            self._failures += 1
            return pause_after(self._failures, was_live=True, lasting=False)
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
        pause = pause_after(self._failures, was_live=self._live, lasting=lasting)
        self._live = False
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


def _now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
