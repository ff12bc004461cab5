"""An export in the contract's words: from its live state, from its row, or as the render server tells it."""

from __future__ import annotations

from typing import Any, get_args

from ecg.database import Record
from ecg.exports.repository import ACCEPTED, CANCELLED, COMPLETED, FAILED, RESERVED, Outcome
from ecg.exports.schemas import ExportStatus
from ecg.jobs.states import State
from ecg.jobs.view import JobView, moment
from ecg.render.contract import STATUS, Status, error_code, message, seconds_left

ROW_STATUS: dict[str, Status] = {
    RESERVED: "queued",
    ACCEPTED: "queued",
    COMPLETED: "completed",
    FAILED: "failed",
    CANCELLED: "cancelled",
}


def status_of_view(view: JobView, link: str | None) -> ExportStatus:
    """`link`: where the finished video is."""
    told = {**(view.details or {}), **(view.result or {})}
    final = view.state.final
    return ExportStatus(
        jobId=view.job_id,
        status=STATUS[view.state],
        progress=100 if view.state is State.DONE else view.progress,
        estimatedTimeRemaining=0 if final else seconds_left(view),
        startedAt=view.started_at,
        completedAt=view.finished_at,
        downloadUrl=link,
        fileSize=told.get("size"),
        duration=told.get("duration"),
        error=view.error_message,
        errorCode=error_code(view.error_code),
        frames_processed=told.get("frames_processed", 0),
        frames_dropped=told.get("frames_dropped", 0),
        drop_rate=told.get("drop_rate", 0.0),
        memory_peak_mb=told.get("memory_peak_mb"),
        memory_trend=told.get("memory_trend"),
        stage=view.stage,
        message=message(view),
    )


def status_of_row(row: Record, link: str | None) -> ExportStatus:
    """As far as the row knows."""
    status = row_status(row)
    final = row.finished_at is not None
    return ExportStatus(
        jobId=row.job_id,
        status=status,
        progress=100 if status == "completed" else 0,
        estimatedTimeRemaining=0 if final else row.estimated_seconds,
        startedAt=moment(row.started_at),
        completedAt=moment(row.finished_at),
        downloadUrl=link,
        fileSize=row.file_size,
        duration=None if row.duration_ms is None else row.duration_ms / 1000,
        error=row.error_message,
        errorCode=error_code(row.error_code),
    )


def row_status(row: Record) -> Status:
    if row.state == ACCEPTED and row.started_at is not None:
        return "processing"
    return ROW_STATUS[row.state]


def outcome_of_view(view: JobView) -> Outcome:
    """How a job ended; its state is final."""
    result = view.result or {}
    return Outcome(
        state={State.DONE: COMPLETED, State.CANCELLED: CANCELLED}.get(view.state, FAILED),
        duration_ms=milliseconds(result.get("duration")),
        file_size=result.get("size"),
        error_code=view.error_code,
        error_message=view.error_message,
    )


def outcome_of_status(said: dict[str, Any]) -> Outcome | None:
    """How the render server says that it ended; None when it has not, or says nothing of use."""
    status = said.get("status")
    if status not in get_args(Status) or status in ("queued", "processing"):
        return None
    code, text, size = said.get("errorCode"), said.get("error"), said.get("fileSize")
    return Outcome(
        state=str(status),
        duration_ms=milliseconds(said.get("duration")),
        file_size=size if isinstance(size, int) else None,
        error_code=code[:64] if isinstance(code, str) else None,
        error_message=text[:4000] if isinstance(text, str) else None,
    )


def milliseconds(seconds: Any) -> int | None:
    return round(seconds * 1000) if isinstance(seconds, (int, float)) else None
