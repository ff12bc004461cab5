"""What is wrong now: each rule is a pure function from facts to a verdict on everything that it looks at.

A subject is wrong (a finding), well, or not looked at any more (a camera that was stopped or removed): who
was told of trouble is told of its end only when the subject is well again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal

from ecg.live.alerts.facts import CameraFact, DiskFact, Facts, WorkerFact
from ecg.live.alerts.thresholds import Rules, WorkerDown
from ecg.live.events import Severity

Rule = Literal["camera_down", "worker_down", "pending_too_old", "disk_low", "severe_incident"]
Value = str | int | float | None

WORKERS = "workers"
"""The subject of the rule about how many there are."""
ANALYSES = "analyses"
RELIEF = 1.1
"""A disk that was too full is well again when a tenth more than the limit is free, not at each file."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. `subject` names it within its rule; `since` is when it began."""

    rule: Rule
    subject: str
    severity: Severity
    since: int
    camera_id: str | None = None
    values: dict[str, Value] = field(default_factory=dict)
    """What a message tells of it, as numbers and names."""


Key = tuple[Rule, str]
"""Rule and subject."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What all rules found at one moment."""

    findings: tuple[Finding, ...] = ()
    well: frozenset[Key] = frozenset()


def look(facts: Facts, rules: Rules, open_keys: Collection[Key] = ()) -> Verdicts:
    """Apply every rule that is enabled; `open_keys` are those found wrong before."""
    judged: list[Finding | Key] = []
    if rules.camera_down.enabled:
        judged += (_camera(camera, facts.now, rules.camera_down.seconds) for camera in facts.cameras)
    if rules.worker_down.enabled and facts.analysing:
        judged += _workers(facts, rules.worker_down, open_keys)
    if rules.pending_too_old.enabled:
        judged.append(_pending(facts, rules.pending_too_old.seconds))
    if rules.disk_low.enabled:
        judged += (_disk(disk, rules.disk_low.percent, open_keys) for disk in facts.disks)
    findings = tuple(one for one in judged if isinstance(one, Finding))
    return Verdicts(findings, frozenset(one for one in judged if not isinstance(one, Finding)))


def _camera(camera: CameraFact, now: int, seconds: int) -> Finding | Key:
    if now - camera.heard_at <= seconds * 1000:
        return ("camera_down", camera.camera_id)
    values: dict[str, Value] = {"camera": camera.name, "reason": camera.reason}
    return Finding("camera_down", camera.camera_id, "high", camera.heard_at, camera.camera_id, values)


def _workers(facts: Facts, rule: WorkerDown, open_keys: Collection[Key]) -> Iterable[Finding | Key]:
    """Each that was known, and whether there are enough."""
    alive = [worker for worker in facts.workers if _alive(worker, facts.now, rule.seconds)]
    for worker in facts.workers:
        subject = f"{worker.host}/{worker.name}"
        if _alive(worker, facts.now, rule.seconds) or any(_replaces(other, worker) for other in alive):
            yield ("worker_down", subject)
        else:
            values: dict[str, Value] = {"worker": worker.name, "host": worker.host}
            yield Finding("worker_down", subject, "medium", worker.heartbeat_at, values=values)
    enough: Key = ("worker_down", WORKERS)
    if len(alive) >= rule.least:
        yield enough
    elif enough in open_keys or facts.now - facts.watched_since > rule.seconds * 1000:
        since = max((worker.heartbeat_at for worker in facts.workers), default=facts.now)
        counts: dict[str, Value] = {"alive": len(alive), "least": rule.least}
        yield Finding("worker_down", WORKERS, "high", since, values=counts)


def _alive(worker: WorkerFact, now: int, seconds: int) -> bool:
    return not worker.lost and now - worker.heartbeat_at <= seconds * 1000


def _replaces(other: WorkerFact, worker: WorkerFact) -> bool:
    """Whether somebody has started it anew: under its name, or on its machine after it was last heard of."""
    if other.name == worker.name:
        return True
    return other.host == worker.host and other.started_at >= worker.heartbeat_at


def _pending(facts: Facts, seconds: int) -> Finding | Key:
    oldest = facts.oldest_pending
    if oldest is None or facts.now - oldest <= seconds * 1000:
        return ("pending_too_old", ANALYSES)
    return Finding("pending_too_old", ANALYSES, "medium", oldest)


def _disk(disk: DiskFact, percent: float, open_keys: Collection[Key]) -> Finding | Key:
    key: Key = ("disk_low", f"{disk.host}/{disk.place}")
    limit = percent * RELIEF if key in open_keys else percent
    if disk.free_percent > limit:
        return key
    severity: Severity = "critical" if disk.free_percent < percent / 2 else "high"
    values: dict[str, Value] = {
        "host": disk.host,
        "place": disk.place,
        "percent": round(disk.free_percent, 1),
        "free_bytes": disk.free_bytes,
    }
    return Finding("disk_low", key[1], severity, disk.measured_at, values=values)
