"""The routes that start, stop and tell of live streams, and that look at a camera before it is saved."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from ecg.accounts import CurrentUser, Principal
from ecg.database import Record
from ecg.errors import InputError
from ecg.jobs.view import moment
from ecg.live.cameras.endpoints import PREFIX, TAG, CameraId, TheCameras, state_of
from ecg.live.cameras.schemas import (
    CameraStatus,
    CameraTest,
    CameraTestResult,
    PlaylistLink,
    StartedStream,
    StoppedStream,
    StreamFacts,
)
from ecg.live.cameras.source import parse_source
from ecg.live.look_requests import LookRequests
from ecg.live.viewing import tickets
from ecg.live.viewing.endpoints import TheViewing, Viewing
from ecg.web import problems

router = APIRouter(prefix=PREFIX, tags=[TAG])

SYNC_SEGMENTS = 3
"""A player stays so many segments behind the newest."""


def looks_of(request: Request) -> LookRequests:
    found: LookRequests = request.app.state.look_requests
    return found


TheLooks = Annotated[LookRequests, Depends(looks_of)]


@router.post("/start-hls-stream/{camera_id}", responses=problems(401, 403, 404, 409, 422, 503))
async def start_hls_stream(
    camera_id: CameraId, who: CurrentUser, cameras: TheCameras, viewing: TheViewing
) -> StartedStream:
    """Have a camera recorded and shown; answers where its playlist is for this viewer."""
    row = await cameras.start(who.tenant_id, camera_id)
    url, _ = playlist_url(viewing, who, camera_id)
    return StartedStream(camera_id=camera_id, state=row.state, playlist_url=url)


@router.post("/stop-hls-stream/{camera_id}", responses=problems(401, 403, 404, 422, 503))
async def stop_hls_stream(camera_id: CameraId, who: CurrentUser, cameras: TheCameras) -> StoppedStream:
    """Record and show a camera no longer, until it is started again."""
    row = await cameras.stop(who.tenant_id, camera_id)
    return StoppedStream(camera_id=camera_id, state=row.state)


@router.get("/playlist-link/{camera_id}", responses=problems(401, 403, 404, 422, 503))
async def playlist_link(
    camera_id: CameraId, who: CurrentUser, cameras: TheCameras, viewing: TheViewing
) -> PlaylistLink:
    """Where a camera's playlist is for this viewer; it works without a token for some hours."""
    await cameras.get(who.tenant_id, camera_id)
    url, ends = playlist_url(viewing, who, camera_id)
    expires = moment(ends * 1000)
    assert expires is not None  # noqa: S101
    return PlaylistLink(camera_id=camera_id, playlist_url=url, expires_at=expires)


@router.get("/status/{camera_id}", responses=problems(401, 403, 404, 422, 503))
async def status(
    camera_id: CameraId, who: CurrentUser, cameras: TheCameras, viewing: TheViewing
) -> CameraStatus:
    """The stream of a camera now."""
    row = await cameras.get(who.tenant_id, camera_id)
    url = playlist_url(viewing, who, camera_id)[0] if row.wanted else None
    return status_document(row, url)


@router.post("/cameras/test", responses=problems(400, 401, 403, 404, 422, 503, 504))
async def test_camera(
    body: CameraTest, who: CurrentUser, cameras: TheCameras, looks: TheLooks
) -> CameraTestResult:
    """Look at a camera from a recording host: a picture, and what it sends. Takes some seconds."""
    if body.camera_id is not None:
        row = await cameras.get(who.tenant_id, body.camera_id)
        source, transport = cameras.source_of(row), row.transport
        if body.url is not None and body.url != row.shown_url:
            source, transport = parse_source(body.url), body.transport
    elif body.url is not None:
        source, transport = parse_source(body.url), body.transport
    else:
        raise InputError("there is nothing to look at", where="/url", hint="send url, or camera_id")
    return await looks.ask(source, transport)


def playlist_url(viewing: Viewing, who: Principal, camera_id: str) -> tuple[str, int]:
    """Where the playlist is for this viewer, and when that ends (seconds since 1970)."""
    settings = viewing.settings
    ticket, ends = viewing.tickets.issue(
        who.tenant_id, who.user_id, tickets.stream(camera_id), seconds=settings.live_ticket_seconds
    )
    return f"{tickets.link_base(settings)}{tickets.playlist_path(camera_id, ticket)}", ends


def status_document(row: Record, url: str | None) -> CameraStatus:
    found = None if row.found is None else StreamFacts.model_validate(json.loads(row.found))
    age = None if row.last_segment_at is None else max(0.0, (row.now - row.last_segment_at) / 1000)
    length = row.segment_seconds
    return CameraStatus.model_validate(
        {
            "camera_id": row.camera_id,
            **state_of(row),
            "since": moment(row.state_since),
            "wanted": row.wanted,
            "reconnects": row.reconnects,
            "stalls": row.stalls,
            "last_segment_age_seconds": age,
            "segment_seconds": length,
            "latency_hint_seconds": None if length is None else round(SYNC_SEGMENTS * max(length, 1.0), 1),
            "codec": found.video.codec if found else None,
            "width": found.video.width if found else None,
            "height": found.video.height if found else None,
            "transcoding": row.transcoding is not None,
            "transcoding_reason": row.transcoding,
            "host": row.host,
            "playlist_url": url,
        }
    )
