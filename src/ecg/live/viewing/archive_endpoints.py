"""The routes of recordings. The application's state has `archives` (Archives) and `viewing` (Viewing)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from ecg.accounts import CurrentUser
from ecg.database import Record
from ecg.errors import NotFound
from ecg.jobs.view import moment
from ecg.live.archives.schemas import ArchiveDocument, ArchiveLink, Gap, Keep, Timeline
from ecg.live.archives.service import (
    ARCHIVE_ID,
    LONGEST_CUT_MS,
    Archives,
    check_span,
    milliseconds_of,
)
from ecg.live.cameras.endpoints import PREFIX, TAG, CameraId
from ecg.live.viewing import tickets
from ecg.live.viewing.endpoints import TheViewing
from ecg.web import problems

router = APIRouter(prefix=PREFIX, tags=[TAG])


def archives_of(request: Request) -> Archives:
    found: Archives = request.app.state.archives
    return found


TheArchives = Annotated[Archives, Depends(archives_of)]
ArchiveId = Annotated[str, Path(pattern=f"^{ARCHIVE_ID}$", alias="archive_id")]
From = Annotated[datetime, Query(alias="from", description="ISO 8601; without a zone it is UTC")]
To = Annotated[datetime, Query(alias="to")]


@router.get("/timeline/{camera_id}", responses=problems(400, 401, 403, 404, 422, 503))
async def timeline(
    camera_id: CameraId, start: From, end: To, who: CurrentUser, archives: TheArchives
) -> Timeline:
    """What was recorded in a time (31 days at most), and what was not."""
    found = await archives.timeline(
        who.tenant_id, camera_id, milliseconds_of(start, "from"), milliseconds_of(end, "to")
    )
    return Timeline(
        archives=[archive_document(row) for row in found.archives],
        gaps=[Gap(start=_iso(gap.start), end=_iso(gap.end), reason=gap.kind) for gap in found.gaps],
    )


@router.get("/archives/{camera_id}/{archive_id}/link", responses=problems(401, 403, 404, 422, 503))
async def archive_link(
    camera_id: CameraId, archive_id: ArchiveId, who: CurrentUser, archives: TheArchives, viewing: TheViewing
) -> ArchiveLink:
    """Where a recording can be played and downloaded from, without a token, for some hours."""
    await archives.get(who.tenant_id, camera_id, archive_id)
    settings = viewing.settings
    ticket, ends = viewing.tickets.issue(
        who.tenant_id,
        who.user_id,
        tickets.recording(camera_id, archive_id),
        seconds=settings.live_ticket_seconds,
    )
    path = tickets.recording_path(camera_id, archive_id, ticket)
    return ArchiveLink(url=f"{tickets.link_base(settings)}{path}", expires_at=_iso(ends * 1000))


@router.put("/archives/{camera_id}/{archive_id}/keep", responses=problems(401, 403, 404, 422, 503))
async def keep(
    camera_id: CameraId, archive_id: ArchiveId, body: Keep, who: CurrentUser, archives: TheArchives
) -> ArchiveDocument:
    """Keep a recording whatever its age, or no longer."""
    row = await archives.keep(who.tenant_id, camera_id, archive_id, body.kept)
    return archive_document(row)


@router.get("/download/{camera_id}", responses=problems(400, 401, 403, 404, 422, 503))
async def download(
    *,
    camera_id: CameraId,
    start: From,
    end: To,
    who: CurrentUser,
    archives: TheArchives,
    viewing: TheViewing,
) -> ArchiveLink:
    """A link to one MP4 of a time (12 hours at most), cut at key frames."""
    begin, stop = milliseconds_of(start, "from"), milliseconds_of(end, "to")
    check_span(begin, stop, LONGEST_CUT_MS)
    found = await archives.timeline(who.tenant_id, camera_id, begin, stop)
    if not found.archives:
        raise NotFound("nothing was recorded in that time", where="from")
    settings = viewing.settings
    ticket, ends = viewing.tickets.issue(
        who.tenant_id,
        who.user_id,
        tickets.cut(camera_id, begin, stop),
        seconds=settings.download_url_seconds,
    )
    path = tickets.cut_path(camera_id, begin, stop, ticket)
    return ArchiveLink(url=f"{tickets.link_base(settings)}{path}", expires_at=_iso(ends * 1000))


def archive_document(row: Record) -> ArchiveDocument:
    return ArchiveDocument(
        id=row.archive_id,
        file_name=row.file_name,
        start=_iso(row.started_at),
        end=_iso(row.ended_at),
        seconds=round((row.ended_at - row.started_at) / 1000, 3),
        size=row.size,
        kept=row.kept,
        analysed=getattr(row, "job_state", None) == "DONE",
    )


def _iso(milliseconds: int) -> str:
    written = moment(milliseconds)
    assert written is not None  # noqa: S101
    return written
