"""A job as its clients see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecg.jobs.states import State

if TYPE_CHECKING:  # an executor knows views, and no database
    from ecg.database import Record


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as clients see it: what is in Redis while it lives, and what the row says otherwise.

    Moments are ISO 8601 in UTC. `progress` is in percent. `seconds_left` is an estimate, None when unknown.
    """

    tenant_id: str
    job_id: str
    kind: str
    state: State
    progress: int = 0
    stage: str | None = None
    message: str | None = None
    details: dict[str, Any] | None = None
    result: dict[str, Any] | None = None
    error_code: str | None = None
    error_message: str | None = None
    attempt: int = 0
    seconds_left: float | None = None
    created_at: str | None = None
    started_at: str | None = None
    finished_at: str | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON values, `state` as its word."""
        # not `asdict`, which copies deeply: ten times as long
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> JobView:
        """The opposite of `as_json`; fields that this version does not know are ignored."""
        known = {name: value for name, value in values.items() if name in cls.__slots__}
        return cls(**{**known, "state": State(known["state"])})


def view_of(row: Record) -> JobView:
    """The view of a row of `jobs`."""
    state = State(row.state)
    return JobView(
        tenant_id=row.tenant_id,
        job_id=row.job_id,
        kind=row.kind,
        state=state,
        progress=row.progress,
        stage=row.stage,
        message=row.message,
        details=_decoded(row.details),
        result=_decoded(row.result),
        # why the last attempt failed is no error of a job that is tried again
        error_code=row.error_code if state.final else None,
        error_message=row.error_message if state.final else None,
        attempt=row.attempt,
        created_at=moment(row.created_at),
        started_at=moment(row.started_at),
        finished_at=moment(row.finished_at),
    )


def moment(milliseconds: int | None) -> str | None:
    """ISO 8601 in UTC, with milliseconds."""
    if milliseconds is None:
        return None
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def _decoded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
