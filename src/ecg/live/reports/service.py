"""What an organisation learns of its cameras: events, figures, and the report of a day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from ecg.database import Database, Record
from ecg.errors import InputError, NotFound
from ecg.live.events import Severity, at_least
from ecg.live.events import repository as events
from ecg.live.events.repository import Place, Source
from ecg.live.reports import repository
from ecg.live.reports.coverage import coverage
from ecg.live.reports.daily import DailyReport, daily_report, mean_score
from ecg.live.reports.day import day_of
from ecg.live.reports.documents import (
    all_severities,
    day_figures,
    event_document,
    rounded,
    written,
)
from ecg.live.reports.schemas import CameraStats, EventList
from ecg.live.reports.spans import Span
from ecg.store import ObjectStore

LINK_SECONDS = 3600
EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_DAYS = 31


class Reports:
    """Of all tenants on one database; every call is within one. Unknown cameras raise NotFound."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self.database = database
        self._store = store

    def link(self, key: str) -> str:
        """A link to a still, for an hour."""
        return self._store.download_url(key, seconds=LINK_SECONDS)

    async def events(
        self,
        tenant_id: str,
        *,
        camera_id: str | None = None,
        first: int | None = None,
        before: int | None = None,
        least: Severity = "low",
        source: Source | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> EventList:
        """What began in ``[first, before)``, youngest first: what was seen, and what happened to streams."""
        after = None if cursor is None else _place(cursor)
        async with self.database.read() as connection:
            if camera_id is not None:
                await _camera(connection, tenant_id, camera_id)
            rows = await events.page(
                connection,
                tenant_id,
                camera_id=camera_id,
                first=first,
                before=before,
                severities=() if least == "low" else at_least(least),
                source=source,
                after=after,
                limit=limit + 1,
            )
        found = [event_document(row, self.link) for row in rows[:limit]]
        following = f"{rows[limit - 1].at}.{rows[limit - 1].event_id}" if rows[limit:] else None
        return EventList(events=found, next_cursor=following)

    async def stats(self, tenant_id: str, camera_id: str, *, zone: ZoneInfo, days: int) -> CameraStats:
        """The last `days` days, today among them."""
        async with self.database.read() as connection:
            camera = await _camera(connection, tenant_id, camera_id)
            today = day_of(None, zone, camera.now)
            first = day_of(today.date - timedelta(days=days - 1), zone, camera.now)
            window = Span(max(first.span.start, min(camera.created_at, camera.now)), camera.now)
            all_of_it = await repository.facts(
                connection, tenant_id, camera_id, camera, window, with_incidents=False
            )
            elapsed = today.elapsed(camera.now)
            of_today = await repository.facts(
                connection, tenant_id, camera_id, camera, elapsed, with_incidents=False
            )
        covered = coverage(all_of_it, window)
        watched = Span(max(elapsed.start, window.start), elapsed.end)
        return CameraStats(
            camera_id=camera_id,
            time_zone=zone.key,
            days=days,
            since=written(window.start),
            today=day_figures(of_today, today.date.isoformat(), elapsed, watched),
            recorded_seconds=round(covered.recorded_seconds, 3),
            analysed_seconds=round(covered.analysed_seconds, 3),
            incidents_by_severity=all_severities(all_of_it.found),
            realtime_by_severity=all_severities(all_of_it.realtime),
            mean_score=rounded(mean_score(all_of_it.analysed, window), 1),
            uptime_ratio=rounded(covered.recorded_ratio, 4),
        )

    async def daily(
        self, tenant_id: str, camera_id: str, *, zone: ZoneInfo, date: date | None = None
    ) -> DailyReport:
        """The report of a date in a time zone; of today, as far as it is over, without one."""
        async with self.database.read() as connection:
            camera = await _camera(connection, tenant_id, camera_id)
            day = day_of(date, zone, camera.now)
            found = await repository.facts(
                connection, tenant_id, camera_id, camera, day.span, with_incidents=True
            )
        return daily_report(found, day, camera.now)


async def _camera(connection: AsyncConnection, tenant_id: str, camera_id: str) -> Record:
    camera = await repository.find_camera(connection, tenant_id, camera_id)
    if camera is None:
        raise NotFound(f"there is no camera {camera_id!r}", where="camera_id")
    return camera


def _place(cursor: str) -> Place:
    at, _, event_id = cursor.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 16 and EVENT_ID.fullmatch(event_id)):
        raise InputError("the cursor is not one of ours", where="query cursor")
    return Place(int(at), event_id)
