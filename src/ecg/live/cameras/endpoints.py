"""The routes of cameras. The application's state has `cameras` (Cameras) and `viewing` (Viewing)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from ecg.accounts import CurrentUser
from ecg.database import Record
from ecg.jobs.view import moment
from ecg.live.cameras.schemas import (
    CAMERA_ID,
    CameraChange,
    CameraDocument,
    CameraList,
    NewCamera,
    StreamFacts,
)
from ecg.live.cameras.service import Cameras, abandoned, analysis_of
from ecg.web import problems
from ecg.web.idempotency import IdempotentRoute, id_of

PREFIX = "/api/live-monitoring"
TAG = "live-monitoring"

router = APIRouter(prefix=PREFIX, tags=[TAG], route_class=IdempotentRoute)


def cameras_of(request: Request) -> Cameras:
    found: Cameras = request.app.state.cameras
    return found


TheCameras = Annotated[Cameras, Depends(cameras_of)]
CameraId = Annotated[str, Path(pattern=f"^{CAMERA_ID}$", alias="camera_id")]


@router.get("/cameras", responses=problems(401, 403, 503))
async def list_cameras(who: CurrentUser, cameras: TheCameras) -> CameraList:
    """The organisation's cameras, by name."""
    return CameraList(cameras=[camera_document(row) for row in await cameras.list(who.tenant_id)])


@router.post("/cameras", status_code=201, responses=problems(400, 401, 403, 409, 422, 503))
async def add_camera(
    request: Request, response: Response, body: NewCamera, who: CurrentUser, cameras: TheCameras
) -> CameraDocument:
    """Add a camera. It is recorded from now on, unless it is not enabled."""
    row = await cameras.create(who.tenant_id, body, repeated_id=id_of(request))
    response.headers["Location"] = f"{PREFIX}/cameras/{row.camera_id}"
    return camera_document(row)


@router.get("/cameras/{camera_id}", responses=problems(401, 403, 404, 422, 503))
async def get_camera(camera_id: CameraId, who: CurrentUser, cameras: TheCameras) -> CameraDocument:
    """A camera."""
    return camera_document(await cameras.get(who.tenant_id, camera_id))


@router.put("/cameras/{camera_id}", responses=problems(400, 401, 403, 404, 422, 503))
async def change_camera(
    camera_id: CameraId, body: CameraChange, who: CurrentUser, cameras: TheCameras
) -> CameraDocument:
    """Change a camera; a recorder begins anew where it has to."""
    return camera_document(await cameras.change(who.tenant_id, camera_id, body))


@router.delete("/cameras/{camera_id}", status_code=204, responses=problems(401, 403, 404, 422, 503))
async def remove_camera(camera_id: CameraId, who: CurrentUser, cameras: TheCameras) -> Response:
    """Remove a camera with its recordings."""
    await cameras.remove(who.tenant_id, camera_id)
    return Response(status_code=204)


HOST_AWAY = {
    "state": "retrying",
    "error_code": "RECORDING_HOST_AWAY",
    "error_message": "the host that recorded it is silent, and no other one has taken it",
}


def state_of(row: Record) -> dict[str, Any]:
    """`state`, `error_code` and `error_message` of a camera's stream now."""
    if abandoned(row):
        return HOST_AWAY
    return {"state": row.state, "error_code": row.error_code, "error_message": row.error_message}


def camera_document(row: Record) -> CameraDocument:
    found = None if row.found is None else StreamFacts.model_validate(json.loads(row.found))
    return CameraDocument.model_validate(
        {
            "id": row.camera_id,
            "name": row.name,
            "url": row.shown_url,
            "transport": row.transport,
            "enabled": row.enabled,
            "archive_seconds": row.archive_seconds,
            "keep_days": row.keep_days,
            "analysis": analysis_of(row),
            "wanted": row.wanted,
            "state_since": moment(row.state_since),
            **state_of(row),
            "found": found,
            "created_at": moment(row.created_at),
            "updated_at": moment(row.updated_at),
        }
    )
