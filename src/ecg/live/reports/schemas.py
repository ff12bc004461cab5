"""Events, figures and reports as they are answered. Moments are ISO 8601 in UTC."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ecg.live.events import Severity

BySeverity = dict[Severity, int]
Share = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[float, Field(ge=0, le=100)]


class EventDocument(BaseModel):
    """Something that was seen before a camera, or happened to its stream."""

    id: str
    camera_id: str
    at: str
    kind: str = Field(description="incident; of streams: stall, reconnect, failed")
    severity: Severity
    category: str
    description: str = Field(description="May repeat words that were seen in the picture")
    confidence: Share | None = Field(description="null where the method has none")
    method: str
    still_url: str | None = Field(description="A picture, for a while")
    source: Literal["quick_look", "archive", "stream"]


class EventList(BaseModel):
    """A page of events, youngest first."""

    events: list[EventDocument]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last")


class LatestEvent(BaseModel):
    event: EventDocument | None = Field(description="null when nothing ever happened")


class DayFigures(BaseModel):
    """A day so far."""

    date: str
    recorded_seconds: float
    analysed_seconds: float
    incidents: int
    incidents_by_severity: BySeverity
    realtime_events: int = Field(description="Seen by quick looks; the recording may show them again")
    mean_score: Score | None
    uptime_ratio: Share | None = Field(description="Recorded, of the time since the camera was added")


class CameraStats(BaseModel):
    """A camera in figures, over some days that end with today."""

    camera_id: str
    time_zone: str
    days: int
    since: str = Field(description="Where the days begin, or the camera does")
    today: DayFigures
    recorded_seconds: float
    analysed_seconds: float
    incidents_by_severity: BySeverity
    realtime_by_severity: BySeverity
    mean_score: Score | None = Field(description="Over time; null when nothing was analysed")
    uptime_ratio: Share | None


class ScorePointDocument(BaseModel):
    at: str = Field(description="Where the recording begins")
    score: Score


class GapDocument(BaseModel):
    start: str
    end: str
    seconds: float
    reason: str = Field(description="stall, reconnect, failed, or off: nothing is known to be wrong")


class CoverageDocument(BaseModel):
    """How much of the day was recorded and analysed. Ratios are of `elapsed_seconds`."""

    recorded_seconds: float
    analysed_seconds: float
    day_seconds: float = Field(description="23, 24 or 25 hours: clocks are changed")
    elapsed_seconds: float = Field(description="So much of the day is over")
    recorded_ratio: Share | None = Field(description="null before the day begins")
    analysed_ratio: Share | None


class IncidentDocument(BaseModel):
    severity: Severity
    category: str
    start: str
    end: str
    description: str = Field(description="May repeat words that were seen in the picture")
    confidence: Share | None
    method: str
    still_url: str | None


class DailyReportDocument(BaseModel):
    """What a camera's day was like."""

    camera_id: str
    date: str
    time_zone: str
    start: str
    end: str
    score_mean: Score | None = Field(description="Over time; null when nothing was analysed")
    score_curve: list[ScorePointDocument] = Field(description="One point a recording")
    incidents: int
    incidents_by_severity: BySeverity
    incidents_by_category: dict[str, int] = Field(description="Most frequent first")
    incidents_by_hour: list[int] = Field(
        description="24 counts by the clock on the wall", min_length=24, max_length=24
    )
    realtime_by_severity: BySeverity = Field(description="Seen by quick looks, and counted apart")
    coverage: CoverageDocument
    gaps: list[GapDocument]
    worst: list[IncidentDocument] = Field(description="The ten worst")
    summary: str = Field(description="In the language that was asked for")
