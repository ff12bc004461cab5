"""Gathers what the rules look at."""

from __future__ import annotations

import json

from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record
from ecg.jobs import worker_repository
from ecg.live.alerts import repository
from ecg.live.alerts.facts import CameraFact, DiskFact, Facts, SeenFact, WorkerFact
from ecg.live.alerts.thresholds import SevereIncident
from ecg.live.analysis.registering import QUEUE
from ecg.live.events import at_least

LOOK_BACK_SECONDS = 6 * 3600.0
"""Incidents that were found earlier are told no more: nobody watched for so long."""
MOST_SEEN = 500


async def shared_facts(connection: AsyncConnection, *, watched_since: int) -> Facts:
    """What is the same for all tenants: workers and disks."""
    now = await repository.moment_now(connection)
    workers = [
        WorkerFact(row.worker_id, row.host, row.started_at, row.heartbeat_at, row.lost_at is not None)
        for row in await worker_repository.known(connection, QUEUE)
    ]
    disks = [
        DiskFact(row.host, row.place, row.free_bytes, row.total_bytes, row.measured_at)
        for row in await repository.disk_reports(connection)
    ]
    return Facts(now=now, watched_since=watched_since, workers=workers, disks=disks)


async def facts_of(connection: AsyncConnection, tenant_id: str, shared: Facts) -> Facts:
    """The same with what is the tenant's."""
    rows = await repository.cameras_of(connection, tenant_id)
    return Facts(
        now=shared.now,
        watched_since=shared.watched_since,
        cameras=[_camera(row) for row in rows],
        analysing=any(json.loads(row.analysis)["enabled"] for row in rows),
        workers=shared.workers,
        oldest_pending=await repository.oldest_pending(connection, tenant_id),
        disks=shared.disks if rows else (),
    )


async def seen(connection: AsyncConnection, tenant_id: str, rule: SevereIncident) -> list[SeenFact]:
    """Bad events that were found lately, told or not, oldest first."""
    rows = await repository.severe_since(
        connection, tenant_id, at_least(rule.severity), seconds=LOOK_BACK_SECONDS, limit=MOST_SEEN
    )
    return [
        SeenFact(row.event_id, row.camera_id, row.name, row.at, row.severity, row.category, row.description)
        for row in rows
    ]


def _camera(row: Record) -> CameraFact:
    # whoever was just started, or given another address, has not been silent since its last picture
    heard = max(row.last_segment_at or 0, row.updated_at, row.created_at)
    return CameraFact(row.camera_id, row.name, heard, row.error_message)
