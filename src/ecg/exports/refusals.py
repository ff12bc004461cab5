"""What exports refuse, with codes that clients switch on.

QuotaExceeded               429, in the contract's shape
    daily                   RENDER_QUOTA_DAILY_EXCEEDED
    monthly                 RENDER_QUOTA_MONTHLY_EXCEEDED
    concurrent              RENDER_QUOTA_CONCURRENT_EXCEEDED
    minutes                 RENDER_QUOTA_MINUTES_EXCEEDED
TooManyRequests             RENDER_RATE_LIMIT_EXCEEDED, 429, in the same shape
ConnectionFailed            503
├── RenderServerAway        RENDER_SERVER_UNAVAILABLE: it cannot be reached, or is not asked now
└── RenderServerBroke       RENDER_SERVER_ERROR: it answered 5xx, or nonsense
TimedOut
└── RenderServerSlow        TIMEOUT_ERROR, 504: no answer within RENDER_API_TIMEOUT; the export may yet begin
InputError
└── RenderServerRefused     its own code and status: the video or the scenario cannot be used
"""

from __future__ import annotations

import math
from typing import Literal

from ecg.errors import ConnectionFailed, EcgError, InputError, TimedOut

QuotaType = Literal["daily", "monthly", "concurrent", "minutes"]


class QuotaExceeded(EcgError):
    """`retry_seconds`: when the quota is there again; None when that hangs on running exports."""

    code = "QUOTA_EXCEEDED"

    def __init__(self, quota: QuotaType, limit: int, retry_seconds: float | None) -> None:
        super().__init__(_MESSAGES[quota].format(limit=limit))
        self.quota_type = quota
        self.quota_code = f"RENDER_QUOTA_{quota.upper()}_EXCEEDED"
        self.retry_seconds = None if retry_seconds is None else max(1, math.ceil(retry_seconds))


_MESSAGES: dict[QuotaType, str] = {
    "daily": "{limit} exports a day is the limit; it begins anew at midnight UTC",
    "monthly": "{limit} exports a month is the limit; it begins anew on the first of the month, UTC",
    "concurrent": "{limit} exports at the same time is the limit; wait until one of them has ended",
    "minutes": "{limit} minutes of video a month is the limit; it begins anew on the first of the month, UTC",
}


class TooManyRequests(EcgError):
    code = "RENDER_RATE_LIMIT_EXCEEDED"


class RenderServerAway(ConnectionFailed):
    """`reached`: whether the request may have come through all the same."""

    code = "RENDER_SERVER_UNAVAILABLE"

    def __init__(self, message: str, *, hint: str | None = None, reached: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.reached = reached


class RenderServerBroke(ConnectionFailed):
    code = "RENDER_SERVER_ERROR"


class RenderServerSlow(TimedOut):
    code = "TIMEOUT_ERROR"


class RenderServerRefused(InputError):
    """What the render server said; `status` is that of its answer."""

    def __init__(
        self, status: int, code: str, message: str, *, where: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.status = status
        self.code = code  # type: ignore[misc]  # of this one refusal
