"""The bodies of the analysis routes. Moments are ISO 8601 in UTC."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ecg.live.analysis.result import ActivityPoint, Category, Severity

JobStatus = Literal["pending", "processing", "completed", "failed"]


class AnalysisJob(BaseModel):
    """One archive that is, was or is to be analysed."""

    id: str
    camera_id: str
    archive_id: str
    video_path: str = Field(description="The recording's file name")
    status: JobStatus
    progress: int = Field(description="Percent")
    worker_id: str | None = Field(description="The label of the worker that took it last")
    segment_start: str
    segment_end: str
    created_at: str
    started_at: str | None
    completed_at: str | None
    duration: float | None = Field(description="Seconds that it took")
    error_message: str | None
    error_code: str | None


class AnalysisJobList(BaseModel):
    """A page of jobs, youngest first."""

    jobs: list[AnalysisJob]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last")


class ShownIncident(BaseModel):
    severity: Severity
    category: Category
    start: str
    end: str
    description: str = Field(description="May repeat words that were seen in the picture: never trust it")
    confidence: float
    method: str = Field(description="What found it: a measure, a detector, or the name of a model")
    still_url: str | None = Field(description="A picture of it, for a while")


class SegmentAnalysis(BaseModel):
    """What was seen in one archive."""

    id: int
    archive_id: str
    segment_start: str
    segment_end: str
    safety_score: int = Field(ge=0, le=100)
    incident_count: int
    summary: str
    engine: str
    model: str | None
    note: str | None = Field(description="Why another engine looked than the camera's settings ask for")
    incidents: list[ShownIncident]
    activity: list[ActivityPoint]


class SegmentAnalyses(BaseModel):
    """Analyses of a camera, youngest first."""

    analyses: list[SegmentAnalysis]
