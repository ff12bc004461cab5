"""What the rules look at, gathered by the repository. Moments are milliseconds since 1970, by the database's
clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecg.live.events import Severity


@dataclass(frozen=True, slots=True)
class CameraFact:
    """A camera of the tenant that should be sending."""

    camera_id: str
    name: str
    heard_at: int
    """When its last segment came, or when it was started, whichever is later."""
    reason: str | None = None
    """What the recorder says is wrong."""


@dataclass(frozen=True, slots=True)
class WorkerFact:
    """A worker process that takes analyses and is, or was, alive."""

    name: str
    host: str
    started_at: int
    heartbeat_at: int
    lost: bool = False
    """Its process was found dead."""


@dataclass(frozen=True, slots=True)
class DiskFact:
    """A file system that recordings or objects are on."""

    host: str
    place: str
    """What it is for: recordings, data."""
    free_bytes: int
    total_bytes: int
    measured_at: int

    @property
    def free_percent(self) -> float:
        return 100 * self.free_bytes / self.total_bytes if self.total_bytes else 0.0


@dataclass(frozen=True, slots=True)
class SeenFact:
    """An event of the tenant that is bad enough to tell."""

    event_id: str
    camera_id: str
    camera_name: str
    at: int
    severity: Severity
    category: str
    description: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules need of one tenant, at one moment."""

    now: int
    watched_since: int = 0
    """Who has just begun to watch does not know whether workers are still on their way."""
    cameras: Sequence[CameraFact] = ()
    analysing: bool = False
    """Whether a camera of the tenant wants its recordings analysed."""
    workers: Sequence[WorkerFact] = ()
    oldest_pending: int | None = None
    """When the analysis that waits for the longest time was registered; None when none waits."""
    disks: Sequence[DiskFact] = ()
