"""The routes of usage. The application's state has `usage_database`."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from ecg.accounts import CurrentAdmin, CurrentUser
from ecg.database import Database
from ecg.errors import InputError
from ecg.usage import repository
from ecg.usage.schemas import Usage, UsageOfAll, usage_of, user_usage
from ecg.web import problems

router = APIRouter()
own = APIRouter(prefix="/api/usage", tags=["usage"])
everybody = APIRouter(prefix="/api/admin/usage", tags=["administration"])

ID = re.compile(r"^[\x21-\x7e]{1,64}$")
MOST_DAYS = 366
USUAL_DAYS = 31


async def database_of(request: Request) -> Database:
    found: Database = request.app.state.usage_database
    return found


TheDatabase = Annotated[Database, Depends(database_of)]
First = Annotated[date | None, Query(alias="from", description="The first day, UTC; by default 30 days ago")]
Last = Annotated[date | None, Query(alias="to", description="The last day, UTC; by default today")]


@own.get("", responses=problems(400, 401, 403, 422, 503))
async def usage(who: CurrentUser, database: TheDatabase, first: First = None, last: Last = None) -> Usage:
    """What you had done, day by day: counts, success and failure, minutes, mean time."""
    begin, end = _span(first, last)
    async with database.read() as connection:
        rows = await repository.of_user(connection, who.tenant_id, who.user_id, first=begin, last=end)
    return usage_of(list(rows))


@everybody.get("", responses=problems(400, 401, 403, 422, 503))
async def usage_of_all(
    *,
    _who: CurrentAdmin,
    database: TheDatabase,
    first: First = None,
    last: Last = None,
    tenant_id: Annotated[str | None, Query(pattern=ID.pattern)] = None,
    user_id: Annotated[str | None, Query(pattern=ID.pattern)] = None,
    cursor: Annotated[
        str | None, Query(max_length=1000, description="`next_cursor` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> UsageOfAll:
    """What everybody had done, day by day."""
    begin, end = _span(first, last)
    after = None if cursor is None else _place(cursor)
    async with database.read() as connection:
        rows = await repository.of_all(
            connection,
            first=begin,
            last=end,
            tenant_id=tenant_id,
            user_id=user_id,
            after=after,
            limit=limit + 1,
        )
    shown = [user_usage(row) for row in rows[:limit]]
    more = len(rows) > limit
    end_of_page = shown[-1] if more else None
    return UsageOfAll(
        days=shown,
        next_cursor=None
        if end_of_page is None
        else _cursor(end_of_page.day, end_of_page.tenant_id, end_of_page.user_id, end_of_page.activity),
    )


router.include_router(own)
router.include_router(everybody)


def _span(first: date | None, last: date | None) -> tuple[str, str]:
    end = last or datetime.now(UTC).date()
    begin = first or date.fromordinal(max(1, end.toordinal() - USUAL_DAYS + 1))
    if begin > end:
        raise InputError("the first day is after the last one", where="query from")
    if end - begin >= timedelta(days=MOST_DAYS):
        raise InputError(f"{MOST_DAYS} days at once is the limit", where="query from")
    return begin.isoformat(), end.isoformat()


def _cursor(*place: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _place(cursor: str) -> tuple[str, str, str, str]:
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError):
        place = None
    if not (
        isinstance(place, list)
        and len(place) == 4
        and all(isinstance(part, str) and ID.fullmatch(part) for part in place)
    ):
        raise InputError("the cursor is not one of ours", where="query cursor")
    day, tenant_id, user_id, activity = place
    return day, tenant_id, user_id, activity
