"""The routes of alerts, their settings, and workers. The application's state has `alerts` (Alerts)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from ecg.accounts import CurrentUser
from ecg.live.alerts.schemas import AlertList, AlertState, WorkerList
from ecg.live.alerts.service import Alerts
from ecg.live.alerts.wanted import CHANNEL_ID, Wanted
from ecg.live.cameras.endpoints import PREFIX, TAG
from ecg.live.cameras.schemas import CAMERA_ID
from ecg.web import problems

router = APIRouter(prefix=PREFIX, tags=[TAG])


def alerts_of(request: Request) -> Alerts:
    found: Alerts = request.app.state.alerts
    return found


TheAlerts = Annotated[Alerts, Depends(alerts_of)]


@router.get("/alerts", responses=problems(400, 401, 403, 404, 422, 503))
async def list_alerts(
    *,
    who: CurrentUser,
    alerts: TheAlerts,
    state: AlertState | None = None,
    camera_id: Annotated[str | None, Query(pattern=f"^{CAMERA_ID}$")] = None,
    cursor: Annotated[
        str | None, Query(max_length=64, description="`next_cursor` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AlertList:
    """What is or was wrong, youngest first."""
    return await alerts.list(who.tenant_id, state=state, camera_id=camera_id, cursor=cursor, limit=limit)


@router.get("/alert-settings", responses=problems(400, 401, 403, 503))
async def get_settings(who: CurrentUser, alerts: TheAlerts) -> Wanted:
    """What the organisation wants to be told, and where."""
    return await alerts.settings(who.tenant_id)


@router.put("/alert-settings", responses=problems(400, 401, 403, 422, 503))
async def put_settings(body: Wanted, who: CurrentUser, alerts: TheAlerts) -> Wanted:
    """Replace them."""
    return await alerts.change_settings(who.tenant_id, body)


@router.post(
    "/alert-settings/channels/{channel_id}/test",
    status_code=202,
    responses=problems(400, 401, 403, 404, 422, 503),
)
async def try_channel(
    channel_id: Annotated[str, Path(pattern=CHANNEL_ID)], who: CurrentUser, alerts: TheAlerts
) -> Response:
    """Send a message that says that messages arrive; once a minute at the most."""
    await alerts.try_channel(who.tenant_id, channel_id)
    return Response(status_code=202)


@router.get("/workers", responses=problems(401, 403, 503))
async def workers(_who: CurrentUser, alerts: TheAlerts) -> WorkerList:
    """The installation's workers that analyse recordings."""
    return await alerts.workers()
