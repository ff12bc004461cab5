"""Watching a job: server-sent events and WebSocket, both resumed after the last event that was seen.

Both begin with the present state, or with what was missed; both end after the final state.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, WebSocket
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.websockets import WebSocketDisconnect

from ecg.jobs.live.events import EventHub
from ecg.jobs.live.state import Event
from ecg.jobs.live.watcher import Watcher
from ecg.jobs.schemas import JobIdInPath, Ticket, job_document
from ecg.web import Caller, caller, problems, viewer
from ecg.web.callers import Access

RECONNECT_MILLISECONDS = 1000
"""How soon a browser comes back after its connection was cut."""

router = APIRouter(prefix="/api/v1/jobs")

Viewer = Annotated[Caller, Depends(viewer)]
After = Annotated[str | None, Query(max_length=64, description="The id of the last event that was seen")]


async def opened(
    request: Request,
    job_id: JobIdInPath,
    who: Viewer,
    after: After = None,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> AsyncGenerator[Watcher]:
    """Looks before the answer begins: afterwards, its status can no longer tell."""
    events: EventHub = request.app.state.events
    async with events.watching(who.tenant_id, job_id, last_event_id or after) as watcher:
        if watcher.ended:
            raise HTTPException(204)  # tells an EventSource not to come back
        yield watcher


@router.get(
    "/{job_id}/events/",
    response_class=EventSourceResponse,
    responses={
        204: {"description": "The job ended with that very event"},
        **problems(400, 401, 404, 422, 503),
    },
)
async def events(watcher: Annotated[Watcher, Depends(opened)]) -> AsyncIterable[ServerSentEvent]:
    """The job's changes as server-sent events; the data of each is the job as it then was."""
    retry: int | None = RECONNECT_MILLISECONDS
    async with aclosing(watcher.events()) as changes:
        async for event in changes:
            yield ServerSentEvent(raw_data=_text(job_document(event.view)), id=event.id, retry=retry)
            retry = None


@router.websocket("/{job_id}/ws/")
async def socket(websocket: WebSocket, job_id: JobIdInPath, who: Viewer, after: After = None) -> None:
    """The job's changes as messages ``{"id", "job"}``; what the client sends is ignored."""
    events: EventHub = websocket.app.state.events
    async with events.watching(who.tenant_id, job_id, after) as watcher:
        await websocket.accept()
        tasks = [asyncio.create_task(_send(websocket, watcher)), asyncio.create_task(_gone(websocket))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@router.post("/{job_id}/ticket/", responses=problems(401, 404, 422, 503))
async def ticket(request: Request, job_id: JobIdInPath, who: Annotated[Caller, Depends(caller)]) -> Ticket:
    """A ticket that opens this job's events for a minute, where headers cannot be sent."""
    await request.app.state.jobs.get(who.tenant_id, job_id)
    access: Access = request.app.state.access
    token, ends = access.tickets.issue(who.tenant_id, job_id)
    return Ticket(
        token=token, expires_at=datetime.fromtimestamp(ends, UTC).isoformat().replace("+00:00", "Z")
    )


async def _send(websocket: WebSocket, watcher: Watcher) -> None:
    with suppress(WebSocketDisconnect):
        async with aclosing(watcher.events()) as changes:
            async for event in changes:
                await websocket.send_text(_text(_message(event)))
        await websocket.close()


async def _gone(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


def _message(event: Event) -> dict[str, object]:
    return {"id": event.id, "job": job_document(event.view)}


def _text(document: dict[str, object]) -> str:
    return json.dumps(document, separators=(",", ":"))
