"""The routes of API keys; only a signed-in person uses them, never a key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from ecg.accounts.api_keys import ApiKeys as Keys
from ecg.accounts.dependencies import CurrentPerson
from ecg.accounts.repetition import IdempotencyKey
from ecg.accounts.schemas import ApiKeys, CreatedApiKey, NewApiKey, key_view
from ecg.web import problems

router = APIRouter(prefix="/api/auth/api-keys", tags=["accounts"])

KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


async def api_keys(request: Request) -> Keys:
    found: Keys = request.app.state.api_keys
    return found


KeysHere = Annotated[Keys, Depends(api_keys)]


@router.post("", status_code=201, responses=problems(400, 401, 403, 409, 413, 422, 503))
async def create(
    body: NewApiKey, who: CurrentPerson, service: KeysHere, idempotency_key: IdempotencyKey = None
) -> CreatedApiKey:
    """Make a key for a program. It is shown in this answer, and never again."""
    row, key = await service.create(who, body, idempotency_key=idempotency_key)
    return CreatedApiKey(**key_view(row).model_dump(), key=key)


@router.get("", responses=problems(401, 403, 503))
async def list_keys(who: CurrentPerson, service: KeysHere) -> ApiKeys:
    """One's own keys, without their secrets."""
    return ApiKeys(api_keys=[key_view(row) for row in await service.list(who)])


@router.delete(
    "/{key_id}", status_code=204, response_class=Response, responses=problems(401, 403, 404, 422, 503)
)
async def revoke(key_id: KeyId, who: CurrentPerson, service: KeysHere) -> Response:
    """Revoke a key; within seconds no server takes it any more."""
    await service.revoke(who, key_id)
    return Response(status_code=204)
