"""Uploads in parts: for files too large, or connections too weak, for one request.

begin ──► links for some parts ──► PUT each ──► what has arrived? ──► … ──► /api/upload-video/request-process

A part that broke off is sent again; whoever comes back asks what has arrived, and sends the rest.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from ecg.accounts import CurrentUser
from ecg.library.endpoints import TheUploads, owner_of
from ecg.library.schemas import (
    NewPartsAnswer,
    NewPartsRequest,
    PartLink,
    PartLinks,
    PartLinksRequest,
    UploadProgress,
    headers_of,
)
from ecg.library.uploads import expiry_of
from ecg.web import problems
from ecg.web.idempotency import IdempotentRoute

router = APIRouter(prefix="/api/upload-video/parts", tags=["uploads"], route_class=IdempotentRoute)

FileKeyInQuery = Annotated[str, Query(min_length=1, max_length=512)]


@router.post("", status_code=201, responses=problems(400, 401, 403, 409, 413, 422, 503))
async def begin(body: NewPartsRequest, who: CurrentUser, service: TheUploads) -> NewPartsAnswer:
    """Begin an upload in parts."""
    begun = await service.begin_in_parts(
        owner_of(who), file_name=body.file_name, file_type=body.file_type, file_size=body.file_size
    )
    return NewPartsAnswer(
        file_key=begun.file_key,
        part_size=begun.part_size,
        part_count=begun.part_count,
        expires_at=begun.expires_at,
    )


@router.post("/links", responses=problems(400, 401, 403, 404, 409, 422, 503))
async def links(body: PartLinksRequest, who: CurrentUser, service: TheUploads) -> PartLinks:
    """Links for some parts. Each takes its part once; an altered part needs a new upload."""
    signed = await service.sign_parts(owner_of(who), body.file_key, body.part_numbers)
    return PartLinks(
        parts=[
            PartLink(
                part_number=part.number,
                size=part.size,
                upload_url=part.signed.url,
                headers=headers_of(part.signed),
            )
            for part in signed
        ]
    )


@router.get("", responses=problems(401, 403, 404, 409, 422, 503))
async def arrived(file_key: FileKeyInQuery, who: CurrentUser, service: TheUploads) -> UploadProgress:
    """What has arrived of an upload in parts."""
    found = await service.arrived(owner_of(who), file_key)
    upload = found.upload
    return UploadProgress(
        file_key=file_key,
        state=found.state,
        part_size=upload.part_bytes,
        part_count=-(-upload.size // upload.part_bytes),
        parts=found.parts,
        expires_at=expiry_of(upload),
    )


@router.delete("", status_code=204, responses=problems(401, 403, 404, 409, 422, 503))
async def give_up(file_key: FileKeyInQuery, who: CurrentUser, service: TheUploads) -> Response:
    """Give an upload up, whole or in parts; what has come is removed."""
    await service.give_up(owner_of(who), file_key)
    return Response(status_code=204)
