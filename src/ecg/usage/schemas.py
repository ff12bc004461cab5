"""Usage as it is answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from ecg.database import Record


class Sums(BaseModel):
    """What was done, and how long it took."""

    total: int
    succeeded: int
    failed: int
    cancelled: int
    minutes: float = Field(description="Length of what was made, or listened to")
    mean_seconds: float | None = Field(description="That one of those that succeeded took; null for none")


class UsageOfDay(Sums):
    day: str = Field(description="YYYY-MM-DD in UTC, on which it ended")
    activity: str = Field(description="export, analysis …")


class UserUsage(UsageOfDay):
    tenant_id: str
    user_id: str


class Usage(BaseModel):
    """Youngest day first, and all of it together by activity."""

    days: list[UsageOfDay]
    totals: dict[str, Sums]


class UsageOfAll(BaseModel):
    """A page of everybody's days, youngest first."""

    days: list[UserUsage]
    next_cursor: str | None = Field(description="Asks for the next page; null on the last")


def sums(rows: Iterable[Record]) -> dict[str, Any]:
    """The fields of `Sums`."""
    found = list(rows)
    added = {
        name: sum(getattr(row, name) for row in found)
        for name in ("succeeded", "failed", "cancelled", "media_ms", "work_ms")
    }
    succeeded = added["succeeded"]
    return {
        "total": succeeded + added["failed"] + added["cancelled"],
        "succeeded": succeeded,
        "failed": added["failed"],
        "cancelled": added["cancelled"],
        "minutes": round(added["media_ms"] / 60_000, 3),
        "mean_seconds": round(added["work_ms"] / succeeded / 1000, 3) if succeeded else None,
    }


def usage_of(rows: list[Record]) -> Usage:
    activities = sorted({row.activity for row in rows})
    return Usage(
        days=[UsageOfDay(day=row.day, activity=row.activity, **sums([row])) for row in rows],
        totals={
            activity: Sums(**sums(row for row in rows if row.activity == activity)) for activity in activities
        },
    )


def user_usage(row: Record) -> UserUsage:
    return UserUsage(
        day=row.day, activity=row.activity, tenant_id=row.tenant_id, user_id=row.user_id, **sums([row])
    )
