"""The delivery log, for administrators. The application's state has `messages` (Messages)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from ecg.accounts import CurrentAdmin
from ecg.messages.schemas import MessageLog
from ecg.messages.service import Messages
from ecg.web import problems

PAGE = 50
LONGEST_PAGE = 200

router = APIRouter(prefix="/api/admin/messages", tags=["admin"])


async def messages_of(request: Request) -> Messages:
    found: Messages = request.app.state.messages
    return found


@router.get("", responses=problems(400, 401, 403, 422, 503))
async def delivery_log(
    *,
    _who: CurrentAdmin,
    messages: Annotated[Messages, Depends(messages_of)],
    tenant_id: Annotated[str | None, Query(max_length=64, description="Of one organisation alone")] = None,
    state: Literal["pending", "sent", "failed"] | None = None,
    cursor: Annotated[
        str | None, Query(max_length=64, description="`next_cursor` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE,
) -> MessageLog:
    """What was sent to whom, and what became of it; never what it said."""
    return await messages.log(tenant_id=tenant_id, state=state, cursor=cursor, limit=limit)
