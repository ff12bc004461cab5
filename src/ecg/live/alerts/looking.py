"""Gathers what the rules look at: of all organisations at once, for most of them there is nothing to do."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record
from ecg.errors import EcgError
from ecg.jobs import worker_repository
from ecg.live.alerts import repository
from ecg.live.alerts.facts import CameraFact, DiskFact, Facts, SeenFact, WorkerFact
from ecg.live.alerts.transitions import OpenAlert
from ecg.live.alerts.wanted import AlertPreferences, Wanted
from ecg.live.analysis.registering import QUEUE
from ecg.live.events import SEVERITIES, Severity, at_least

log = structlog.get_logger(__name__)

LOOK_BACK_SECONDS = 6 * 3600.0
"""Incidents that were found earlier are told no more: nobody watched for so long."""
MOST_SEEN = 5000
"""Incidents of all organisations in that time; beyond, the oldest are told no more."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is to be known of one organisation."""

    wanted: Wanted
    facts: Facts
    before: Sequence[OpenAlert]
    fresh: Sequence[SeenFact]
    """Incidents that are bad enough and that there is no alert of yet."""


async def look_around(
    connection: AsyncConnection, preferences: AlertPreferences, *, watched_since: int
) -> dict[str, Sight]:
    """By tenant: everybody who has a camera that is wanted, or an alert that is firing."""
    cameras = by_tenant(await repository.wanted_cameras(connection))
    firing = by_tenant(await repository.firing(connection))
    settings = _settings(await repository.all_settings(connection), preferences, {*cameras, *firing})
    seen = await _seen(connection, settings)
    pending = await repository.oldest_pending(connection)
    shared = await _shared(connection, watched_since)
    return {
        tenant_id: Sight(
            wanted=wanted,
            facts=_facts(shared, cameras.get(tenant_id, ()), pending.get(tenant_id)),
            before=[_open(row) for row in firing.get(tenant_id, ())],
            fresh=seen.get(tenant_id, ()),
        )
        for tenant_id, wanted in settings.items()
    }


def _settings(
    rows: Sequence[Record], preferences: AlertPreferences, tenants: Iterable[str]
) -> dict[str, Wanted]:
    """Of these tenants, the defaults where nothing was set; those that cannot be read are left out."""
    sealed = {row.tenant_id: row.sealed for row in rows}
    found = {}
    for tenant_id in sorted(tenants):
        try:
            found[tenant_id] = preferences.opened(sealed.get(tenant_id))
        except EcgError as error:  # one organisation's settings are no other's trouble
            log.error("nobody can be told", tenant_id=tenant_id, error=error.code)
    return found


async def _seen(connection: AsyncConnection, settings: Mapping[str, Wanted]) -> dict[str, list[SeenFact]]:
    """Incidents that are new, by tenant."""
    rules = {tenant_id: wanted.rules.severe_incident for tenant_id, wanted in settings.items()}
    limits = [rule.severity for rule in rules.values() if rule.enabled]
    if not limits:
        return {}
    least: Severity = min(limits, key=SEVERITIES.index)
    rows = await repository.severe_since(
        connection, at_least(least), seconds=LOOK_BACK_SECONDS, limit=MOST_SEEN
    )
    # an alert is never older than its event
    known = await repository.seen_since(connection, seconds=LOOK_BACK_SECONDS + 60) if rows else set()
    found: dict[str, list[SeenFact]] = defaultdict(list)
    for row in rows:
        rule = rules.get(row.tenant_id)
        bad = rule is not None and rule.enabled and row.severity in at_least(rule.severity)
        if bad and (row.tenant_id, row.event_id) not in known:
            found[row.tenant_id].append(_seen_fact(row))
    return found


async def _shared(connection: AsyncConnection, watched_since: int) -> Facts:
    """What is the same for all: the time, workers and disks."""
    workers = [
        WorkerFact(row.worker_id, row.host, row.started_at, row.heartbeat_at, row.lost_at is not None)
        for row in await worker_repository.known(connection, QUEUE)
    ]
    disks = [
        DiskFact(row.host, row.place, row.free_bytes, row.total_bytes, row.measured_at)
        for row in await repository.disk_reports(connection)
    ]
    now = await repository.moment_now(connection)
    return Facts(now=now, watched_since=watched_since, workers=workers, disks=disks)


def _facts(shared: Facts, cameras: Sequence[Record], oldest_pending: int | None) -> Facts:
    return Facts(
        now=shared.now,
        watched_since=shared.watched_since,
        cameras=[_camera(row) for row in cameras],
        analysing=any(json.loads(row.analysis)["enabled"] for row in cameras),
        workers=shared.workers,
        oldest_pending=oldest_pending,
        disks=shared.disks if cameras else (),
    )


def _camera(row: Record) -> CameraFact:
    # whoever was just started, or given another address, has not been silent since its last picture
    heard = max(row.last_segment_at or 0, row.updated_at, row.created_at)
    return CameraFact(row.camera_id, row.name, heard, row.error_message)


def _open(row: Record) -> OpenAlert:
    return OpenAlert(row.alert_id, repository.rule_of(row), row.subject, row.severity, row.told_at)


def _seen_fact(row: Record) -> SeenFact:
    return SeenFact(
        row.event_id, row.camera_id, row.name, row.at, row.severity, row.category, row.description
    )


def by_tenant(rows: Iterable[Record]) -> dict[str, list[Record]]:
    """Rows in their order, each with its tenant's."""
    found: dict[str, list[Record]] = {}
    for row in rows:
        found.setdefault(row.tenant_id, []).append(row)
    return found
