"""The bodies of the job API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from ecg.jobs.callbacks.log import DeliveryView
from ecg.jobs.kinds import UnknownKind, find_kind
from ecg.jobs.service import JOB_ID
from ecg.jobs.states import State
from ecg.jobs.view import JobView

JobIdInPath = Annotated[str, Path(pattern=f"^{JOB_ID.pattern}$", description="The id it was submitted under")]


class JobRequest(BaseModel):
    """A job to register."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(min_length=1, max_length=64, examples=["render"])
    payload: dict[str, Any] = Field(default_factory=dict, description="What this kind of job needs")
    job_id: str | None = Field(
        default=None,
        pattern=f"^{JOB_ID.pattern}$",
        description="Makes the request repeatable: the same request under the same id is the same job",
    )
    callback_url: str | None = Field(default=None, min_length=1, max_length=2048)


class JobDocument(BaseModel):
    """A job as it is now. Moments are ISO 8601 in UTC."""

    job_id: str
    kind: str
    status: State
    progress: int = Field(description="Percent")
    stage: str | None = None
    message: str | None = None
    details: dict[str, Any] | None = Field(default=None, description="What this kind tells besides")
    result: dict[str, Any] | None = Field(default=None, description="With DONE only")
    error_code: str | None = None
    error_message: str | None = None
    attempt: int = Field(description="How often it was begun")
    seconds_left: float | None = Field(default=None, description="An estimate; null when unknown")
    created_at: str | None = None
    started_at: str | None = Field(default=None, description="Of the last attempt")
    finished_at: str | None = None


class JobList(BaseModel):
    """A page of jobs, youngest first."""

    jobs: list[JobDocument]
    next_cursor: str | None = Field(default=None, description="Asks for the next page; null on the last")


class Ticket(BaseModel):
    """Opens the events of one job where headers cannot be sent: `?token=`."""

    token: str
    expires_at: str


class Try(BaseModel):
    """One try to deliver; `status_code` is null when nobody answered."""

    tried_at: str | None
    status_code: int | None
    error: str | None
    milliseconds: int


class Delivery(BaseModel):
    """A callback's message, and all tries to deliver it."""

    delivery_id: str = Field(description="`webhook-id`: repeats have the same")
    job_id: str
    url: str
    event: str = Field(description="The state that it tells")
    body: str
    status: str = Field(description="pending, delivered or failed")
    attempts: int
    created_at: str | None
    next_try_at: str | None
    delivered_at: str | None
    tries: list[Try]


class DeliveryLog(BaseModel):
    """The job's callbacks, oldest first."""

    deliveries: list[Delivery]


def job_document(view: JobView) -> dict[str, Any]:
    """The fields of JobDocument; without a model between, for polls are many."""
    return {
        "job_id": view.job_id,
        "kind": view.kind,
        "status": view.state.value,
        "progress": view.progress,
        "stage": view.stage,
        "message": view.message,
        "details": view.details,
        "result": _shown(view),
        "error_code": view.error_code,
        "error_message": view.error_message,
        "attempt": view.attempt,
        "seconds_left": view.seconds_left,
        "created_at": view.created_at,
        "started_at": view.started_at,
        "finished_at": view.finished_at,
    }


def delivery_document(delivery: DeliveryView) -> Delivery:
    return Delivery.model_validate(asdict(delivery))


def _shown(view: JobView) -> dict[str, Any] | None:
    """The result in the words of its kind; as it is, where this process does not know the kind."""
    try:
        return find_kind(view.kind).shown(view)
    except UnknownKind:
        return view.result
