"""The routes of events, figures and reports. The application's state has `reports` (Reports)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from ecg.accounts import CurrentUser
from ecg.errors import InputError
from ecg.live.cameras.endpoints import PREFIX, TAG, CameraId
from ecg.live.events import Severity
from ecg.live.events.repository import Source
from ecg.live.reports.day import LONGEST_NAME, zone_of
from ecg.live.reports.documents import report_document
from ecg.live.reports.schemas import CameraStats, DailyReportDocument, EventList, LatestEvent
from ecg.live.reports.service import MOST_DAYS, Reports
from ecg.web import problems

router = APIRouter(prefix=PREFIX, tags=[TAG])


def reports_of(request: Request) -> Reports:
    found: Reports = request.app.state.reports
    return found


def zone(
    tz: Annotated[
        str, Query(max_length=LONGEST_NAME, description="Whose days: a name of the IANA database")
    ] = "UTC",
) -> ZoneInfo:
    return zone_of(tz)


TheReports = Annotated[Reports, Depends(reports_of)]
Zone = Annotated[ZoneInfo, Depends(zone)]


class Asked:
    """What all lists of events take."""

    def __init__(
        self,
        *,
        first: Annotated[AwareDatetime | None, Query(alias="from", description="Began then or later")] = None,
        before: Annotated[AwareDatetime | None, Query(alias="to", description="Began before that")] = None,
        severity: Annotated[Severity, Query(description="As bad as this, or worse")] = "low",
        source: Annotated[Source | None, Query(description="Who saw it")] = None,
        cursor: Annotated[
            str | None, Query(max_length=100, description="`next_cursor` of the page before")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> None:
        if first is not None and before is not None and first >= before:
            raise InputError("that time ends before it begins", where="query from")
        self.first = None if first is None else int(first.timestamp() * 1000)
        self.before = None if before is None else int(before.timestamp() * 1000)
        self.severity, self.source, self.cursor, self.limit = severity, source, cursor, limit


TheAsked = Annotated[Asked, Depends(Asked)]


@router.get("/events", responses=problems(400, 401, 403, 422, 503))
async def all_events(who: CurrentUser, reports: TheReports, asked: TheAsked) -> EventList:
    """What was seen before all cameras, and what happened to their streams; youngest first."""
    return await _events(reports, who.tenant_id, None, asked)


@router.get("/events/{camera_id}", responses=problems(400, 401, 403, 404, 422, 503))
async def camera_events(
    camera_id: CameraId, who: CurrentUser, reports: TheReports, asked: TheAsked
) -> EventList:
    """What was seen before a camera, and what happened to its stream; youngest first."""
    return await _events(reports, who.tenant_id, camera_id, asked)


@router.get("/events/{camera_id}/latest", responses=problems(401, 403, 404, 422, 503))
async def latest_event(camera_id: CameraId, who: CurrentUser, reports: TheReports) -> LatestEvent:
    """The youngest event of a camera."""
    found = await reports.events(who.tenant_id, camera_id=camera_id, limit=1)
    return LatestEvent(event=next(iter(found.events), None))


@router.get("/stats/{camera_id}", responses=problems(400, 401, 403, 404, 422, 503))
async def stats(
    camera_id: CameraId,
    who: CurrentUser,
    reports: TheReports,
    zone: Zone,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="That end with today")] = 7,
) -> CameraStats:
    """A camera in figures: today, and over some days."""
    return await reports.stats(who.tenant_id, camera_id, zone=zone, days=days)


@router.get("/daily-report/{camera_id}", responses=problems(400, 401, 403, 404, 422, 503))
async def daily_report(
    *,
    camera_id: CameraId,
    who: CurrentUser,
    reports: TheReports,
    zone: Zone,
    day: Annotated[date | None, Query(alias="date", description="YYYY-MM-DD; by default today")] = None,
    locale: Annotated[Literal["en", "ko"], Query(description="Of the summary")] = "en",
) -> DailyReportDocument:
    """The report of a day: scores over time, incidents by kind and hour, what was recorded and analysed."""
    report = await reports.daily(who.tenant_id, camera_id, zone=zone, date=day)
    return report_document(camera_id, report, locale, reports.link)


async def _events(reports: Reports, tenant_id: str, camera_id: str | None, asked: Asked) -> EventList:
    return await reports.events(
        tenant_id,
        camera_id=camera_id,
        first=asked.first,
        before=asked.before,
        least=asked.severity,
        source=asked.source,
        cursor=asked.cursor,
        limit=asked.limit,
    )
