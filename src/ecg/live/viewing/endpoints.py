"""The routes that browsers fetch video from. The ticket is the permission: no token is asked for.

Mounted by the API server where it shares the recording host's disk, and by `ecg live` itself. Files are read
in threads; the playlist's text is a few kilobytes, and gets the viewer's ticket added to each segment.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response, StreamingResponse

from ecg.database import Database
from ecg.errors import InputError, NotFound
from ecg.live.archives import repository
from ecg.live.archives.service import ARCHIVE_ID
from ecg.live.cameras.schemas import CAMERA_ID
from ecg.live.hls.playlist import SEGMENT_NAME
from ecg.live.hls.shelf import PLAYLIST
from ecg.live.places import places_of
from ecg.live.viewing import tickets
from ecg.live.viewing.cutting import Piece, cut_video
from ecg.live.viewing.playlists import Playlists
from ecg.live.viewing.tickets import PREFIX, LiveTickets
from ecg.settings import Settings
from ecg.web import problems

router = APIRouter(prefix=PREFIX, tags=["live-monitoring"])


class Viewing:
    """What the routes need; `app.state.viewing`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.tickets = LiveTickets(settings.secret("url_signing"))
        self.playlists = Playlists()


def viewing_of(request: Request) -> Viewing:
    found: Viewing = request.app.state.viewing
    return found


TheViewing = Annotated[Viewing, Depends(viewing_of)]
CameraId = Annotated[str, InPath(pattern=f"^{CAMERA_ID}$")]
GivenTicket = Annotated[str | None, Query(max_length=512, description="Of the link that was handed out")]


@router.get(
    "/hls/{camera_id}/{filename}",
    response_class=Response,
    responses={
        200: {"content": {"application/vnd.apple.mpegurl": {}, "video/mp2t": {}}},
        **problems(400, 401, 404, 422, 503),
    },
)
async def hls(
    camera_id: CameraId,
    filename: str,
    viewing: TheViewing,
    ticket: GivenTicket = None,
    wanted: Annotated[
        int | None,
        Query(alias="_HLS_msn", ge=0, include_in_schema=False),  # players know it
    ] = None,
) -> Response:
    """The live playlist (`live.m3u8`), or a segment that it names."""
    opened = viewing.tickets.check(ticket, tickets.stream(camera_id))
    folder = places_of(viewing.settings, opened.tenant_id, camera_id).hls
    if filename == PLAYLIST:
        text = await viewing.playlists.text(folder / PLAYLIST, wanted, viewer=opened.viewer)
        signed = re.sub(r"\.ts$", f".ts?ticket={ticket}", text, flags=re.MULTILINE)
        headers = {"Cache-Control": "no-cache"}
        return Response(signed, headers=headers, media_type="application/vnd.apple.mpegurl")
    if not SEGMENT_NAME.fullmatch(filename):
        raise InputError("that is no file of a live stream", where="filename", hint="ask for live.m3u8")
    try:
        content = await asyncio.to_thread((folder / filename).read_bytes)
    except FileNotFoundError:
        raise NotFound("the segment is gone: it is older than the live window", where="filename") from None
    headers = {"Cache-Control": "private, max-age=3600, immutable"}
    return Response(content, headers=headers, media_type="video/mp2t")


@router.api_route(
    "/recordings/{camera_id}/{archive_id}.mp4",
    methods=["GET", "HEAD"],
    include_in_schema=False,
)
async def recording(
    camera_id: CameraId,
    archive_id: Annotated[str, InPath(pattern=f"^{ARCHIVE_ID}$")],
    viewing: TheViewing,
    ticket: GivenTicket = None,
) -> Response:
    """A recording, or a range of its bytes."""
    opened = viewing.tickets.check(ticket, tickets.recording(camera_id, archive_id))
    async with viewing.database.read() as connection:
        row = await repository.find(connection, opened.tenant_id, camera_id, archive_id)
    if row is None:
        raise NotFound("the recording is gone", where="archive_id")
    path = places_of(viewing.settings, opened.tenant_id, camera_id).archive / row.file_name
    if not await asyncio.to_thread(path.is_file):
        raise NotFound("the recording's file is not on this machine", where="archive_id")
    headers = {"Cache-Control": "private, max-age=3600, immutable"}
    return FileResponse(
        path,
        headers=headers,
        media_type="video/mp4",
        filename=row.file_name,
        content_disposition_type="inline",
    )


@router.get("/cuts/{camera_id}.mp4", include_in_schema=False)
async def cut(
    *,
    camera_id: CameraId,
    viewing: TheViewing,
    start: Annotated[int, Query(alias="from", ge=0, le=2**53)],
    end: Annotated[int, Query(alias="to", ge=0, le=2**53)],
    ticket: GivenTicket = None,
) -> Response:
    """One MP4 of a time, cut at key frames, nothing encoded anew."""
    opened = viewing.tickets.check(ticket, tickets.cut(camera_id, start, end))
    pieces = await pieces_between(viewing, opened.tenant_id, camera_id, start, end)
    if not pieces:
        raise NotFound("nothing was recorded in that time", where="from")
    body = await _begun(cut_video(pieces))
    name = f"{camera_id}_{start}_{end}.mp4"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingResponse(body, headers=headers, media_type="video/mp4")


async def pieces_between(
    viewing: Viewing, tenant_id: str, camera_id: str, start: int, end: int
) -> list[Piece]:
    """The recordings of a time that are on this machine, and from where to where of each."""
    async with viewing.database.read() as connection:
        rows = await repository.between(connection, tenant_id, camera_id, start, end, limit=5000)
    folder = places_of(viewing.settings, tenant_id, camera_id).archive
    there = await asyncio.to_thread(
        lambda: {row.serial for row in rows if (folder / row.file_name).is_file()}
    )
    return [
        Piece(
            folder / row.file_name,
            max(0, start - row.started_at) / 1000,
            (min(end, row.ended_at) - row.started_at) / 1000,
        )
        for row in rows
        if row.serial in there
    ]


async def _begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same chunks, the first of them made already: what fails at once is an answer, not half a file."""
    first = await anext(chunks, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return whole()
