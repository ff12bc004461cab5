"""How much somebody may have made: pure arithmetic over what is counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from ecg.database import Record
from ecg.exports.refusals import QuotaExceeded
from ecg.settings import Settings


@dataclass(frozen=True, slots=True)
class Quotas:
    """Exports a day and a month, at the same time, and minutes of video a month."""

    daily: int
    monthly: int
    concurrent: int
    minutes: int

    @classmethod
    def of(cls, settings: Settings) -> Quotas:
        return cls(
            settings.render_quota_daily,
            settings.render_quota_monthly,
            settings.render_quota_concurrent,
            settings.render_quota_minutes,
        )

    def with_own(self, own: Record) -> Quotas:
        """These with somebody's own limits, where they are not None."""
        return replace(
            self, **{name: value for name in self.__slots__ if (value := getattr(own, name)) is not None}
        )


@dataclass(frozen=True, slots=True)
class Used:
    """What counts now; failed exports do not, and cancelled ones have no minutes."""

    today: int
    this_month: int
    open: int
    milliseconds: int
    """Of video this month: made, or reserved."""


@dataclass(frozen=True, slots=True)
class Period:
    """The day and the month that a moment lies in. Milliseconds since 1970."""

    now: int
    day: int
    month: int
    day_end: int
    month_end: int

    @classmethod
    def at(cls, now: int) -> Period:
        moment = datetime.fromtimestamp(now / 1000, UTC)
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        month = day.replace(day=1)
        next_month = (month + timedelta(days=32)).replace(day=1)
        return cls(now, *map(_milliseconds, (day, month, day + timedelta(days=1), next_month)))


def check(quotas: Quotas, used: Used, period: Period, *, milliseconds: int) -> None:
    """Whether one more export of so much video may begin. Raises QuotaExceeded."""
    until_day = (period.day_end - period.now) / 1000
    until_month = (period.month_end - period.now) / 1000
    if used.today >= quotas.daily:
        raise QuotaExceeded("daily", quotas.daily, until_day)
    if used.this_month >= quotas.monthly:
        raise QuotaExceeded("monthly", quotas.monthly, until_month)
    if used.milliseconds + milliseconds > quotas.minutes * 60_000:
        raise QuotaExceeded("minutes", quotas.minutes, until_month)
    if used.open >= quotas.concurrent:
        raise QuotaExceeded("concurrent", quotas.concurrent, None)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
