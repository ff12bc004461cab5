"""A camera in the hands of its recording host: the recorder's task, and what it tells."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from ecg.database import Record
from ecg.errors import EcgError
from ecg.live.cameras.schemas import StreamFacts
from ecg.live.cameras.service import analysis_of
from ecg.live.cameras.source import Source
from ecg.live.places import CameraPlaces, places_of
from ecg.live.recording.closing import Recording
from ecg.live.recording.recorded_session import Recorded
from ecg.live.recording.recorder import Recorder
from ecg.live.recording.stream_state import StreamState
from ecg.live.recording.telling import Ledger, incident_begins, incidents_end
from ecg.settings import Settings

log = structlog.get_logger(__name__)

FAULT_SECONDS = 5.0
HEEDED = ("sealed_url", "transport", "archive_seconds")
"""Columns that a recorder begins anew for."""


class KeptCamera:
    """One camera that this process holds. It is what its recorder tells (`recorder.Teller`).

    `on_change`: the state is to be written soon; `on_closed`: a recording can be registered.
    """

    def __init__(
        self,
        row: Record,
        source: Source,
        settings: Settings,
        ledger: Ledger,
        *,
        on_change: Callable[[], None],
        on_closed: Callable[[], None],
        proxy: str | None,
    ) -> None:
        self.row = row
        self.places = places_of(settings, row.tenant_id, row.camera_id)
        self.state = _state_of(row)
        self.written: dict[str, object] = {}
        """What the row has of the state."""
        self.looks_asked: tuple[str, int] | None = None
        """For which claim and revision snapshots are looked at."""
        self.recorder = Recorder(_recorded(row, source, self.places), settings, self, self.state, proxy=proxy)
        self._source = source
        self._ledger = ledger
        self._on_change = on_change
        self._on_closed = on_closed
        self._task: asyncio.Task[None] | None = None

    @property
    def recording(self) -> Recording:
        row = self.row
        return Recording(row.tenant_id, row.camera_id, self.places, bool(analysis_of(row)["enabled"]))

    def needs_another(self, row: Record) -> bool:
        """Whether the recorder has to begin anew for what the row says by now."""
        return any(getattr(row, name) != getattr(self.row, name) for name in HEEDED)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"recorder-{self.row.camera_id}")

    async def stop(self, *, pause: bool) -> None:
        """End the recording in order; `pause`: and show nothing any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if pause:
            await self.recorder.pause()

    def changed(self) -> None:
        self._on_change()

    def began(self, kind: str, error: EcgError, at: int) -> None:
        row = self.row
        message = self._source.redacted(str(error))
        self._ledger.add(
            incident_begins(row.tenant_id, row.camera_id, kind=kind, code=error.code, message=message, at=at)
        )

    def ended(self, at: int) -> None:
        self._ledger.add(incidents_end(self.row.tenant_id, self.row.camera_id, at))

    def closed(self) -> None:
        self._on_closed()

    async def _run(self) -> None:
        while True:
            try:
                await self.recorder.run()
            except Exception:  # a fault of ours in one camera ends no other
                log.exception("a recorder failed; it begins again", camera_id=self.row.camera_id)
                await asyncio.sleep(FAULT_SECONDS)


def _state_of(row: Record) -> StreamState:
    return StreamState(
        "starting",
        row.state_since,
        reconnects=row.reconnects,
        stalls=row.stalls,
        last_segment_at=row.last_segment_at,
        segment_seconds=row.segment_seconds,
        found=row.found,
        transcoding=row.transcoding,
        next_sequence=row.next_sequence,
    )


def _recorded(row: Record, source: Source, places: CameraPlaces) -> Recorded:
    return Recorded(
        tenant_id=row.tenant_id,
        camera_id=row.camera_id,
        source=source,
        transport=row.transport,
        archive_seconds=row.archive_seconds,
        places=places,
        next_sequence=row.next_sequence,
        found=_found(row.found),
    )


def _found(text: str | None) -> StreamFacts | None:
    if text is None:
        return None
    with contextlib.suppress(ValueError):  # of another version: the camera is looked at again
        return StreamFacts.model_validate_json(text)
    return None
