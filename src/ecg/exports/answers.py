"""What exports answer, from rows; and refusals in the contract's shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from ecg.database import Record
from ecg.exports.quotas import Period, Quotas, Used
from ecg.exports.refusals import QuotaExceeded, TooManyRequests
from ecg.exports.schemas import Created, History, HistoryEntry, QuotaRefusal, QuotaState, QuotaStates
from ecg.exports.service import HistoryPage
from ecg.exports.status import row_status
from ecg.jobs.view import moment
from ecg.render.contract import error_code

REFUSED: dict[int | str, dict[str, Any]] = {
    429: {"model": QuotaRefusal, "description": "A quota, or the rate limit, is used up"}
}


def created(row: Record) -> Created:
    return Created(
        jobId=row.job_id, estimatedTime=row.estimated_seconds, createdAt=moment(row.created_at) or ""
    )


def history(page: HistoryPage) -> History:
    return History(
        jobs=[_entry(row, link) for row, link in page.entries],
        next_cursor=page.next_cursor,
    )


def quota_states(quotas: Quotas, used: Used, period: Period) -> QuotaStates:
    tomorrow, next_month = moment(period.day_end), moment(period.month_end)
    return QuotaStates(
        daily=QuotaState(limit=quotas.daily, used=used.today, resets_at=tomorrow),
        monthly=QuotaState(limit=quotas.monthly, used=used.this_month, resets_at=next_month),
        concurrent=QuotaState(limit=quotas.concurrent, used=used.open, resets_at=None),
        minutes=QuotaState(
            limit=quotas.minutes, used=round(used.milliseconds / 60_000, 3), resets_at=next_month
        ),
    )


def quota_refusal(error: QuotaExceeded, headers: Mapping[str, str]) -> JSONResponse:
    """A 429 as old clients know it."""
    body = QuotaRefusal(
        error="QUOTA_EXCEEDED", code=error.quota_code, message=error.message, quota_type=error.quota_type
    )
    retry = {} if error.retry_seconds is None else {"Retry-After": str(error.retry_seconds)}
    return JSONResponse(body.model_dump(), 429, {**headers, **retry})


def rate_refusal(limit: int, seconds: int, headers: Mapping[str, str]) -> JSONResponse:
    body = QuotaRefusal(
        error="RATE_LIMIT_EXCEEDED",
        code=TooManyRequests.code,
        message=f"{limit} exports a minute is the limit; try again in {seconds} seconds",
    )
    return JSONResponse(body.model_dump(exclude_none=True), 429, dict(headers))


def _entry(row: Record, link: str | None) -> HistoryEntry:
    return HistoryEntry(
        jobId=row.job_id,
        kind=row.kind,
        projectId=row.project_id,
        status=row_status(row),
        format=row.format,
        createdAt=moment(row.created_at) or "",
        startedAt=moment(row.started_at),
        completedAt=moment(row.finished_at),
        downloadUrl=link,
        fileSize=row.file_size,
        duration=None if row.duration_ms is None else row.duration_ms / 1000,
        error=row.error_message,
        errorCode=error_code(row.error_code),
    )
