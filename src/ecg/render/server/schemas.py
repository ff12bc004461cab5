"""Requests and answers of the render contract, field by field (both spellings of a field are accepted)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from ecg.intake.reference import Reference
from ecg.jobs.service import JOB_ID
from ecg.render.contract import ErrorCode, Status
from ecg.render.schemas import OutputOptions, RenderPayload

JobId = Annotated[str, Field(pattern=f"^{JOB_ID.pattern}$", max_length=128)]


class RenderRequest(BaseModel):
    """A video to caption. `jobId` is the idempotency key: the same request again answers the same job."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "jobId": "test-phase2-001",
                "videoUrl": "https://host/BigBuckBunny.mp4",
                "scenario": {
                    "cues": [
                        {
                            "text": "Hello",
                            "start": 1.0,
                            "end": 3.0,
                            "style": {"fontSize": "32px", "color": "white"},
                        }
                    ]
                },
                "options": {"width": 1280, "height": 720, "fps": 30, "quality": 90, "format": "mp4"},
                "callbackUrl": "http://api:8000/callback",
            }
        }
    )

    job_id: Annotated[JobId, Field(validation_alias=AliasChoices("jobId", "job_id"))]
    video_url: Annotated[Reference, Field(validation_alias=AliasChoices("videoUrl", "video_url"))]
    """http(s)://…, s3://bucket/key of the server's own bucket, or the key of an object in its store."""
    scenario: dict[str, Any]
    """Flat cues as in the example, an ECG scenario or MotionText: 1,000 cues and 5 MB at most."""
    options: OutputOptions | None = None
    callback_url: Annotated[
        Reference | None, Field(validation_alias=AliasChoices("callbackUrl", "callback_url"))
    ] = None

    def payload(self) -> RenderPayload:
        return RenderPayload(
            video_url=self.video_url, scenario=self.scenario, options=self.options or OutputOptions()
        )


class Accepted(BaseModel):
    status: Literal["accepted"] = "accepted"
    job_id: str
    estimated_time: int | None
    """Seconds until it is done, waiting included, from measured speed; null while nothing was measured."""


class RenderStatus(BaseModel):
    """A render as it is now. Moments are ISO 8601 in UTC, sizes bytes, durations seconds."""

    jobId: str  # noqa: N815  # the contract's name
    status: Status
    progress: int
    """Percent."""
    estimatedTimeRemaining: int | None  # noqa: N815
    startedAt: str | None  # noqa: N815
    completedAt: str | None  # noqa: N815
    downloadUrl: str | None  # noqa: N815
    """Signed, made anew for each answer; it works for DOWNLOAD_URL_SECONDS."""
    fileSize: int | None  # noqa: N815
    duration: float | None
    error: str | None
    errorCode: ErrorCode | None  # noqa: N815
    frames_processed: int
    frames_dropped: int
    drop_rate: float
    memory_peak_mb: float | None
    memory_trend: Literal["stable", "rising", "falling"] | None
    queuePosition: int | None = None  # noqa: N815
    """How many jobs begin before this one; only while it waits."""
    stage: str | None = None
    message: str | None = None


class Cancelled(BaseModel):
    success: bool
    """False when the job had ended before."""
    message: str
