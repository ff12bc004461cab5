"""Requests and answers of exports. Moments are ISO 8601 in UTC, sizes bytes, durations seconds."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from ecg.intake.reference import Reference
from ecg.render.contract import ErrorCode, Status
from ecg.render.options import OutputFormat
from ecg.render.schemas import FrameRate, OutputOptions, WholeNumber

# ruff: noqa: N815  # the contract's names


class CreateExport(BaseModel):
    """A video to caption."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "videoUrl": "https://host/BigBuckBunny.mp4",
                "scenario": {"cues": [{"text": "Hello", "start": 1.0, "end": 3.0}]},
                "options": {"width": 1280, "height": 720, "fps": 30, "quality": 90, "format": "mp4"},
            }
        }
    )

    video_url: Annotated[Reference, Field(validation_alias=AliasChoices("videoUrl", "video_url"))]
    """http(s)://…, or the key of a video of yours in the store."""
    scenario: dict[str, Any]
    """Flat cues as in the example, an ECG scenario or MotionText: 1,000 cues and 5 MB at most."""
    options: OutputOptions | None = None


class OverlayOptions(BaseModel):
    """The captions alone, with transparency, in the size and at the times of a video."""

    video_url: Annotated[Reference, Field(validation_alias=AliasChoices("videoUrl", "video_url"))]
    """http(s)://…, or the key of a video of yours in the store."""
    format: Literal["mov", "webm"] = "mov"
    """mov: ProRes 4444, for editing programs; webm: VP9, for browsers."""
    width: Annotated[WholeNumber, Field(ge=480, le=3840)] | None = None
    height: Annotated[WholeNumber, Field(ge=360, le=2160)] | None = None
    fps: FrameRate | None = None


class Created(BaseModel):
    jobId: str
    estimatedTime: int | None
    """Seconds until it is done, waiting included; null while nothing was measured."""
    createdAt: str


class ExportStatus(BaseModel):
    """An export as it is now."""

    jobId: str
    status: Status
    progress: int
    """Percent."""
    estimatedTimeRemaining: int | None
    startedAt: str | None
    completedAt: str | None
    downloadUrl: str | None
    """Signed, made anew for each answer; it works for DOWNLOAD_URL_SECONDS."""
    fileSize: int | None
    duration: float | None
    error: str | None
    errorCode: ErrorCode | None
    frames_processed: int = 0
    frames_dropped: int = 0
    drop_rate: float = 0.0
    memory_peak_mb: float | None = None
    memory_trend: Literal["stable", "rising", "falling"] | None = None
    stage: str | None = None
    message: str | None = None


class Cancelled(BaseModel):
    success: bool
    """False when it had ended before."""
    message: str


class HistoryEntry(BaseModel):
    """An export, as far as is known without asking the render server."""

    jobId: str
    kind: Literal["video", "overlay"]
    projectId: str | None
    status: Status
    format: OutputFormat
    createdAt: str
    startedAt: str | None
    completedAt: str | None
    downloadUrl: str | None
    fileSize: int | None
    duration: float | None
    error: str | None
    errorCode: ErrorCode | None


class History(BaseModel):
    """A page of exports, youngest first."""

    jobs: list[HistoryEntry]
    next_cursor: str | None
    """Asks for the next page; null on the last."""


class QuotaState(BaseModel):
    limit: int
    used: float
    resets_at: str | None
    """null: when one of the exports has ended."""


class QuotaStates(BaseModel):
    daily: QuotaState
    monthly: QuotaState
    concurrent: QuotaState
    minutes: QuotaState


class RenderNews(BaseModel):
    """A callback of the render server; fields that are not known are ignored."""

    job_id: Annotated[str, Field(max_length=128)]
    status: Literal["processing", "completed", "failed"]
    file_size: Annotated[int, Field(ge=0)] | None = None
    duration: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    error_message: str | None = None
    error_code: str | None = None


class Heard(BaseModel):
    status: Literal["ok", "ignored"]
    reason: str | None = None


class QuotaRefusal(BaseModel):
    """A quota or the rate limit is used up."""

    error: Literal["QUOTA_EXCEEDED", "RATE_LIMIT_EXCEEDED"]
    code: str
    message: str
    quota_type: Literal["daily", "monthly", "concurrent", "minutes"] | None = None
