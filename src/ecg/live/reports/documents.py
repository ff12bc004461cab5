"""From what was computed to what is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecg.database import Record
from ecg.jobs.view import moment
from ecg.live.events import SEVERITIES, Severity
from ecg.live.reports.coverage import coverage
from ecg.live.reports.daily import DailyReport, mean_score
from ecg.live.reports.facts import Facts, Incident
from ecg.live.reports.schemas import (
    CoverageDocument,
    DailyReportDocument,
    DayFigures,
    EventDocument,
    GapDocument,
    IncidentDocument,
    ScorePointDocument,
)
from ecg.live.reports.spans import Span
from ecg.live.reports.summary import summarise
from ecg.messages.rendering import Locale

Links = Callable[[str], str]
"""A link to an object of the store."""


def event_document(row: Record, links: Links) -> EventDocument:
    """An event of the table of events."""
    return EventDocument.model_validate(
        {
            **{name: getattr(row, name) for name in ("camera_id", "kind", "severity", "category", "source")},
            **{name: getattr(row, name) for name in ("description", "confidence", "method")},
            "id": row.event_id,
            "at": moment(row.at),
            "still_url": None if row.still_key is None else links(row.still_key),
        }
    )


def day_figures(facts: Facts, date: str, elapsed: Span, watched: Span) -> DayFigures:
    """`watched`: the part of the day in which the camera was there."""
    covered = coverage(facts, watched)
    return DayFigures(
        date=date,
        recorded_seconds=round(covered.recorded_seconds, 3),
        analysed_seconds=round(covered.analysed_seconds, 3),
        incidents=sum(facts.found.values()),
        incidents_by_severity=all_severities(facts.found),
        realtime_events=sum(facts.realtime.values()),
        mean_score=rounded(mean_score(facts.analysed, elapsed), 1),
        uptime_ratio=rounded(covered.recorded_ratio, 4),
    )


def report_document(camera_id: str, report: DailyReport, locale: Locale, links: Links) -> DailyReportDocument:
    covered = report.coverage
    return DailyReportDocument(
        camera_id=camera_id,
        date=report.day.date.isoformat(),
        time_zone=report.day.zone.key,
        start=written(report.day.span.start),
        end=written(report.day.span.end),
        score_mean=rounded(report.score_mean, 1),
        score_curve=[
            ScorePointDocument(at=written(point.at), score=point.score) for point in report.score_curve
        ],
        incidents=report.incidents,
        incidents_by_severity=report.by_severity,
        incidents_by_category=report.by_category,
        incidents_by_hour=list(report.by_hour),
        realtime_by_severity=report.realtime,
        coverage=CoverageDocument(
            recorded_seconds=round(covered.recorded_seconds, 3),
            analysed_seconds=round(covered.analysed_seconds, 3),
            day_seconds=report.day.span.seconds,
            elapsed_seconds=report.elapsed.seconds,
            recorded_ratio=rounded(covered.recorded_ratio, 4),
            analysed_ratio=rounded(covered.analysed_ratio, 4),
        ),
        gaps=[
            GapDocument(
                start=written(gap.start),
                end=written(gap.end),
                seconds=(gap.end - gap.start) / 1000,
                reason=gap.kind,
            )
            for gap in covered.gaps
        ],
        worst=[incident_document(incident, links) for incident in report.worst],
        summary=summarise(report, locale),
    )


def incident_document(incident: Incident, links: Links) -> IncidentDocument:
    return IncidentDocument(
        severity=incident.severity,
        category=incident.category,
        start=written(incident.span.start),
        end=written(incident.span.end),
        description=incident.description,
        confidence=incident.confidence,
        method=incident.method,
        still_url=None if incident.still_key is None else links(incident.still_key),
    )


def all_severities(counts: Mapping[Severity, int]) -> dict[Severity, int]:
    return {severity: counts.get(severity, 0) for severity in SEVERITIES}


def rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def written(milliseconds: int) -> str:
    text = moment(milliseconds)
    assert text is not None  # noqa: S101  # it is None for None alone
    return text
