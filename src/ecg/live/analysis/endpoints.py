"""The routes of analyses. The application's state has `analyses` (Analyses)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AwareDatetime

from ecg.accounts import CurrentUser
from ecg.database import Record
from ecg.errors import InputError
from ecg.jobs.service import JOB_ID
from ecg.jobs.view import moment
from ecg.live.analysis.result import ArchiveResult, Incident, iso
from ecg.live.analysis.schemas import (
    AnalysisJob,
    AnalysisJobList,
    JobStatus,
    SegmentAnalyses,
    SegmentAnalysis,
    ShownIncident,
)
from ecg.live.analysis.service import STATUS, Analyses, payload_of
from ecg.live.cameras.endpoints import PREFIX, TAG, CameraId
from ecg.live.cameras.schemas import CAMERA_ID
from ecg.web import problems

router = APIRouter(prefix=PREFIX, tags=[TAG])

JobId = Annotated[str, Path(pattern=f"^{JOB_ID.pattern}$")]

Linking = Callable[[str], str]
"""A still's key to a link that works for a while."""


def analyses_of(request: Request) -> Analyses:
    found: Analyses = request.app.state.recording_analyses
    return found


TheAnalyses = Annotated[Analyses, Depends(analyses_of)]


@router.get("/analysis-jobs", responses=problems(400, 401, 403, 404, 422, 503))
async def list_analysis_jobs(
    *,
    who: CurrentUser,
    analyses: TheAnalyses,
    camera_id: Annotated[str | None, Query(pattern=f"^{CAMERA_ID}$")] = None,
    status: JobStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[
        str | None, Query(max_length=20, description="`next_cursor` of the page before")
    ] = None,
) -> AnalysisJobList:
    """Which recordings are, were or are to be analysed, and by whom."""
    page = await analyses.jobs(who.tenant_id, camera_id=camera_id, status=status, cursor=cursor, limit=limit)
    return AnalysisJobList(jobs=[job_document(row) for row in page.rows], next_cursor=page.next_cursor)


@router.post("/analysis-jobs/{job_id}/retry", responses=problems(401, 403, 404, 409, 422, 503))
async def retry_analysis_job(job_id: JobId, who: CurrentUser, analyses: TheAnalyses) -> AnalysisJob:
    """Try a failed analysis again; the answer is the new job."""
    return job_document(await analyses.retry(who.tenant_id, job_id))


@router.get("/segment-analyses/{camera_id}", responses=problems(400, 401, 403, 404, 422, 503))
async def segment_analyses(
    *,
    camera_id: CameraId,
    who: CurrentUser,
    analyses: TheAnalyses,
    first: Annotated[AwareDatetime | None, Query(alias="from", description="Ended after that")] = None,
    before: Annotated[AwareDatetime | None, Query(alias="to", description="Began before that")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> SegmentAnalyses:
    """What was seen in a camera's recordings, youngest first."""
    if first is not None and before is not None and first >= before:
        raise InputError("that time ends before it begins", where="query from")
    rows = await analyses.of_camera(
        who.tenant_id,
        camera_id,
        first=None if first is None else int(first.timestamp() * 1000),
        before=None if before is None else int(before.timestamp() * 1000),
        limit=limit,
    )
    return SegmentAnalyses(analyses=[_shown(row, analyses.still_url) for row in rows])


def job_document(row: Record) -> AnalysisJob:
    payload = payload_of(row)
    finished, started = row.finished_at, row.started_at
    return AnalysisJob.model_validate(
        {
            "id": row.job_id,
            "camera_id": payload["camera_id"],
            "archive_id": payload["archive_id"],
            "video_path": payload["video_path"],
            "status": STATUS[row.state],
            "progress": row.progress,
            "worker_id": row.worker_id,
            "segment_start": moment(payload["segment_start"]),
            "segment_end": moment(payload["segment_end"]),
            "created_at": moment(row.created_at),
            "started_at": moment(started),
            "completed_at": moment(finished),
            "duration": None if None in (finished, started) else (finished - started) / 1000,
            "error_message": row.error_message,
            "error_code": row.error_code,
        }
    )


def _shown(row: Record, link: Linking) -> SegmentAnalysis:
    result = ArchiveResult.model_validate_json(row.result)
    return SegmentAnalysis.model_validate(
        {
            "id": row.serial,
            "archive_id": row.archive_id,
            "segment_start": moment(row.started_at),
            "segment_end": moment(row.ended_at),
            "safety_score": row.safety_score,
            "incident_count": row.incident_count,
            "summary": result.summary,
            "engine": row.engine,
            "model": result.model,
            "note": result.note,
            "incidents": [_incident(one, link) for one in result.incidents],
            "activity": result.activity,
        }
    )


def _incident(incident: Incident, link: Linking) -> ShownIncident:
    key = incident.still_key
    return ShownIncident(
        severity=incident.severity,
        category=incident.category,
        start=iso(incident.start),
        end=iso(incident.end),
        description=incident.description,
        confidence=incident.confidence,
        method=incident.method,
        still_url=None if key is None else link(key),
    )
