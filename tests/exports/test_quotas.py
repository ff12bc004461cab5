"""Quotas: what counts and what does not, and never one too many, on each database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from ecg.database import Database, migrate
from ecg.exports import repository
from ecg.exports.quotas import Period, Quotas
from ecg.exports.refusals import QuotaExceeded
from ecg.exports.repository import NewExport, Outcome, Owner

pytestmark = pytest.mark.anyio

MANY = 10_000
ME = Owner("here", "me")


def quotas(daily: int = MANY, monthly: int = MANY, concurrent: int = MANY, minutes: int = MANY) -> Quotas:
    return Quotas(daily, monthly, concurrent, minutes)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    await migrate(database)
    async with database.write() as connection:
        await connection.execute(repository.exports.delete())
        await connection.execute(repository.allowances.delete())
    try:
        yield database
    finally:
        await database.close()


async def reserve(
    database: Database, number: int, limits: Quotas, *, owner: Owner = ME, seconds: int = 60
) -> str | None:
    """The quota that refused it, or None."""
    new = NewExport(f"{owner.user_id}-{number}", "video", "mp4", "digest", seconds * 1000)
    try:
        await repository.reserve(database, owner, new, limits)
    except QuotaExceeded as error:
        return error.quota_type
    return None


async def end(database: Database, number: int, state: str, *, seconds: int | None = None) -> None:
    milliseconds = None if seconds is None else seconds * 1000
    async with database.write() as connection:
        assert await repository.settle(connection, f"me-{number}", Outcome(state, milliseconds))


@pytest.mark.parametrize(
    ("quota", "limits"),
    [
        ("daily", quotas(daily=7)),
        ("monthly", quotas(monthly=7)),
        ("concurrent", quotas(concurrent=7)),
        ("minutes", quotas(minutes=7)),
    ],
)
async def test_two_hundred_at_once_are_never_one_too_many(
    database_url: str, quota: str, limits: Quotas
) -> None:
    async with opened(database_url) as database, opened_again(database_url) as other:
        servers = (database, other)
        outcomes = await asyncio.gather(
            *(reserve(servers[number % 2], number, limits) for number in range(200))
        )
        assert Counter(outcomes) == {None: 7, quota: 193}


@asynccontextmanager
async def opened_again(url: str) -> AsyncIterator[Database]:
    """Another server on the same database."""
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def test_each_user_has_quotas_of_their_own(database_url: str) -> None:
    async with opened(database_url) as database:
        limits = quotas(daily=1)
        owners = (ME, Owner("here", "colleague"), Owner("elsewhere", "me2"))
        assert [await reserve(database, 1, limits, owner=owner) for owner in owners] == [None] * 3
        assert [await reserve(database, 2, limits, owner=owner) for owner in owners] == ["daily"] * 3


async def test_what_failed_does_not_count_and_what_ended_is_not_open(database_url: str) -> None:
    async with opened(database_url) as database:
        limits = quotas(daily=2, concurrent=1)
        assert await reserve(database, 1, limits) is None
        assert await reserve(database, 2, limits) == "concurrent"
        await end(database, 1, "failed")
        assert await reserve(database, 2, limits) is None
        await end(database, 2, "completed")
        assert await reserve(database, 3, limits) is None
        await end(database, 3, "cancelled")
        assert await reserve(database, 4, limits) == "daily"


async def test_minutes_are_those_that_were_made(database_url: str) -> None:
    async with opened(database_url) as database:
        limits = quotas(minutes=10)
        assert await reserve(database, 1, limits, seconds=300) is None
        assert await reserve(database, 2, limits, seconds=301) == "minutes"
        await end(database, 1, "completed", seconds=60)
        assert await reserve(database, 2, limits, seconds=540) is None
        await end(database, 2, "cancelled")
        assert await reserve(database, 3, limits, seconds=540) is None
        assert await reserve(database, 4, limits, seconds=1) == "minutes"


async def test_the_same_export_is_counted_once(database_url: str) -> None:
    async with opened(database_url) as database:
        assert [await reserve(database, 1, quotas(daily=1)) for _ in range(3)] == [None] * 3


async def test_what_was_never_begun_is_released(database_url: str) -> None:
    async with opened(database_url) as database:
        limits = quotas(daily=1)
        await reserve(database, 1, limits)
        async with database.write() as connection:
            assert not await repository.release(connection, Owner("here", "colleague"), "me-1")
            assert await repository.release(connection, ME, "me-1")
        assert await reserve(database, 2, limits) is None
        async with database.write() as connection:
            await repository.accepted(connection, ME, "me-2", estimated_seconds=3)
            assert not await repository.release(connection, ME, "me-2")


async def test_own_limits_go_before_those_of_the_settings(database_url: str) -> None:
    async with opened(database_url) as database:
        await reserve(database, 1, quotas(daily=1))
        async with database.write() as connection:
            await connection.execute(update(repository.allowances).values(daily=2))
        assert await reserve(database, 2, quotas(daily=1)) is None
        assert await reserve(database, 3, quotas(daily=1)) == "daily"


async def test_a_new_day_and_a_new_month_begin_anew(database_url: str) -> None:
    async with opened(database_url) as database:
        for number in (1, 2):
            await reserve(database, number, quotas())
        month = 32 * 24 * 3600 * 1000
        async with database.write() as connection:
            await connection.execute(
                update(repository.exports)
                .where(repository.exports.c.job_id == "me-1")
                .values(created_at=repository.exports.c.created_at - month)
            )
        assert await reserve(database, 3, quotas(daily=2, monthly=2)) is None
        assert await reserve(database, 4, quotas(monthly=2)) == "monthly"
        assert await reserve(database, 4, quotas(concurrent=3)) == "concurrent"  # also those of last month


def test_periods_end_at_midnight_and_on_the_first() -> None:
    def at(*moment: int) -> int:
        return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1000  # type: ignore[misc,arg-type]

    period = Period.at(at(2024, 2, 29, 23, 59, 59) + 999)
    assert (period.day, period.day_end) == (at(2024, 2, 29), at(2024, 3, 1))
    assert (period.month, period.month_end) == (at(2024, 2, 1), at(2024, 3, 1))
    period = Period.at(at(2024, 12, 31))
    assert (period.day, period.month_end) == (at(2024, 12, 31), at(2025, 1, 1))
