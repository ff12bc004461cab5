"""The SQL of reports: what was recorded, looked at and missed in a stretch of time. Every statement names the
tenant. What belongs to one room alone is asked of that room's own repository.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Record, now_ms, table_of
from ecg.live.analysis.models import ArchiveAnalysis
from ecg.live.archives.models import Archive
from ecg.live.archives.timeline import Stretch
from ecg.live.cameras.models import Camera
from ecg.live.cameras.repository import incidents_between
from ecg.live.events import repository as events
from ecg.live.reports.facts import Analysed, Facts, Incident, incident_of
from ecg.live.reports.spans import Span

analyses = table_of(ArchiveAnalysis)
archives = table_of(Archive)
cameras = table_of(Camera)

LONGEST_MS = 2 * 3600 * 1000
"""Twice what a camera's recordings may be long."""
FRESH_MS = 30_000
"""A segment that came within this time is followed by the next one."""


async def find_camera(connection: AsyncConnection, tenant_id: str, camera_id: str) -> Record | None:
    """What reports need of a camera, and `now` by the database's clock."""
    columns = (cameras.c.name, cameras.c.state, cameras.c.state_since, cameras.c.last_segment_at)
    query = select(*columns, cameras.c.created_at, now_ms().label("now")).where(
        cameras.c.tenant_id == tenant_id, cameras.c.camera_id == camera_id
    )
    return (await connection.execute(query)).one_or_none()


async def facts(
    connection: AsyncConnection,
    tenant_id: str,
    camera_id: str,
    camera: Record,
    window: Span,
    *,
    with_incidents: bool,
) -> Facts:
    """Everything that touches the window. Incidents only where wanted: they are large."""
    whose: dict[str, Any] = {"tenant_id": tenant_id, "camera_id": camera_id, "window": window}
    recorded = [
        Span(row.started_at, row.ended_at) for row in await _touching(connection, archives, (), **whose)
    ]
    columns = (analyses.c.safety_score, analyses.c.engine, *((analyses.c.result,) if with_incidents else ()))
    analysed = [
        Analysed(
            Span(row.started_at, row.ended_at),
            row.safety_score,
            row.engine,
            _incidents(row.result) if with_incidents else (),
        )
        for row in await _touching(connection, analyses, columns, **whose)
    ]
    # a recording that was analysed and has been removed for its age was recorded all the same
    recorded += [archive.span for archive in analysed]
    recorded += await _being_recorded(connection, tenant_id, camera_id, camera)
    outages = [
        Stretch(row.started_at, row.ended_at or camera.now, row.kind)
        for row in await incidents_between(connection, tenant_id, camera_id, *window)
    ]
    counted = await events.counts(connection, tenant_id, camera_id, first=window.start, before=window.end)
    return Facts(
        recorded=recorded,
        analysed=analysed,
        outages=outages,
        realtime={row.severity: row.events for row in counted if row.source == "quick_look"},
        found={row.severity: row.events for row in counted if row.source == "archive"},
    )


async def _touching(
    connection: AsyncConnection,
    table: Table,
    columns: Collection[ColumnElement[Any]],
    *,
    tenant_id: str,
    camera_id: str,
    window: Span,
) -> Sequence[Record]:
    """Rows of a camera whose time touches the window, in order."""
    query = select(table.c.started_at, table.c.ended_at, *columns).where(
        table.c.tenant_id == tenant_id,
        table.c.camera_id == camera_id,
        table.c.started_at < window.end,
        # no recording is longer than that, and the index knows where it begins alone
        table.c.started_at >= window.start - LONGEST_MS,
        table.c.ended_at > window.start,
    )
    return (await connection.execute(query.order_by(table.c.started_at))).all()


async def _being_recorded(
    connection: AsyncConnection, tenant_id: str, camera_id: str, camera: Record
) -> list[Span]:
    """The recording that is not closed yet: from the last closed one, or since video came again."""
    if camera.state != "live" or camera.last_segment_at is None:
        return []
    query = select(archives.c.ended_at).where(
        archives.c.tenant_id == tenant_id, archives.c.camera_id == camera_id
    )
    newest = await connection.execute(query.order_by(archives.c.started_at.desc()).limit(1))
    begun = max(camera.state_since, newest.scalar_one_or_none() or 0, camera.now - LONGEST_MS)
    fresh = camera.now - camera.last_segment_at <= FRESH_MS
    ended = camera.now if fresh else camera.last_segment_at
    return [Span(begun, ended)] if ended > begun else []


def _incidents(result: str) -> list[Incident]:
    return [incident_of(found) for found in json.loads(result)["incidents"]]
