"""Requests and answers of the speech contract, field by field."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ecg.intake.reference import Reference
from ecg.jobs.service import JOB_ID
from ecg.speech.contract import ErrorCode, Status
from ecg.speech.schemas import Asked, SpeechPayload, SpeechResult

JobId = Annotated[str, Field(pattern=f"^{JOB_ID.pattern}$", max_length=128)]


def _base(url: str) -> str:
    if "?" in url or "#" in url:
        raise ValueError("the address of a server has no query and no fragment")
    return url


class ProcessRequest(Asked):
    """A video to listen to. `job_id` is the idempotency key: the same request again answers the same job.

    Fields that are not known are ignored.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "job_id": "5f0c7e2a-6c0e-4c53-9c0e-2f6d1c7a9b11",
                "video_url": "https://host/talk.mp4",
                "fastapi_base_url": "http://backend:8000",
                "language": "auto",
                "enable_gpu": True,
                "emotion_detection": True,
                "max_workers": 4,
            }
        }
    )

    job_id: JobId
    video_url: Reference
    """http(s)://…, s3://bucket/key of the server's own bucket, or the key of an object in its store."""
    fastapi_base_url: Annotated[Reference, AfterValidator(_base)] | None = None
    """Whose `/api/upload-video/result` is called back; unset: nobody is."""

    def payload(self) -> SpeechPayload:
        return SpeechPayload(**{name: getattr(self, name) for name in SpeechPayload.model_fields})


class Accepted(BaseModel):
    job_id: str
    status: Status = "processing"
    message: str
    status_url: str
    estimated_time: int
    """Seconds until it is done, waiting included."""


class JobStatus(BaseModel):
    """A job as it is now, in the words of the callbacks."""

    job_id: str
    status: Status
    progress: Annotated[int, Field(ge=0, le=100)]
    message: str
    result: SpeechResult | None = None
    """With ``completed`` only."""
    error_message: str | None = None
    """With ``failed`` only."""
    error_code: ErrorCode | None = None


class ContractError(BaseModel):
    code: str
    """Stable; programs may switch on it."""
    message: str
    job_id: str | None = None


class ContractErrorBody(BaseModel):
    """How this contract words a refusal."""

    error: ContractError


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These refusals for a route's OpenAPI `responses`."""
    return {status: {"model": ContractErrorBody} for status in statuses}
