"""What every route that begins an export does: rate limit, then the export, then the answer's headers."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from structlog.contextvars import get_contextvars

from ecg.accounts import Principal
from ecg.exports.answers import created, quota_refusal, rate_refusal
from ecg.exports.ids import Kind
from ecg.exports.rate_limit import ExportRate
from ecg.exports.refusals import QuotaExceeded, RenderServerRefused
from ecg.exports.repository import Owner
from ecg.exports.service import Exports
from ecg.render.schemas import RenderPayload
from ecg.web import Refused
from ecg.web.idempotency import id_of


async def ask_for(
    request: Request,
    who: Principal,
    payload: RenderPayload,
    *,
    kind: Kind = "video",
    project_id: str | None = None,
) -> Response:
    """A 200 with the new export, or a 429. Raises Refused with the render server's status, and what else
    `Exports.create` raises."""
    exports: Exports = request.app.state.exports
    rates: ExportRate = request.app.state.export_rate
    rate = await rates.take(who.tenant_id, who.user_id)
    headers = rate.headers()
    if not rate.allowed:
        return rate_refusal(rate.limit, rate.reset_seconds, headers)
    try:
        row = await exports.create(
            Owner(who.tenant_id, who.user_id),
            payload,
            kind=kind,
            project_id=project_id,
            seed=id_of(request),
            request_id=get_contextvars().get("request_id"),
        )
    except QuotaExceeded as error:
        return quota_refusal(error, headers)
    except RenderServerRefused as error:
        raise Refused(error.status, error, headers=headers) from None
    return JSONResponse(created(row).model_dump(), 200, headers)
