"""The outbox, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import delete, select, update

from ecg.database import Database, migrate, now_ms
from ecg.jobs.callbacks import repository as outbox
from ecg.jobs.callbacks.repository import Delivery, Status, Try, deliveries, host_of

OK = Try(200, None, 12)
REFUSED = Try(500, "the receiver answered 500", 12)


@asynccontextmanager
async def empty(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        await migrate(database)
        async with database.write() as connection:
            await connection.execute(delete(deliveries))
        yield database
    finally:
        await database.close()


def on(url: str, scene: Callable[[Database], Awaitable[None]]) -> None:
    async def run() -> None:
        async with empty(url) as database:
            await scene(database)

    asyncio.run(run())


async def put(
    database: Database, job_id: str, *, event: str = "PROCESSING", host: str = "a.test", tenant: str = "t"
) -> bool:
    async with database.write() as connection:
        return await outbox.enqueue(
            connection,
            tenant_id=tenant,
            job_id=job_id,
            url=f"https://{host}/callback",
            event=event,
            body={"job_id": job_id, "event": event},
        )


async def take(database: Database, *, limit: int = 10, lease_seconds: float = 30) -> list[Delivery]:
    async with database.read() as connection:
        due = await outbox.due(connection, limit=limit)
    async with database.write() as connection:
        return await outbox.claim(connection, [one.serial for one in due], lease_seconds=lease_seconds)


async def settle(
    database: Database,
    delivery: Delivery,
    tried: Try = OK,
    status: Status = Status.DELIVERED,
    *,
    retry_seconds: float = 0,
) -> bool:
    async with database.write() as connection:
        return await outbox.settle(connection, delivery, tried, status, retry_seconds=retry_seconds)


def test_a_message_goes_with_its_transaction(database_url: str) -> None:
    async def scene(database: Database) -> None:
        async with database.write() as connection:
            await outbox.enqueue(
                connection, tenant_id="t", job_id="j", url="https://a.test", event="DONE", body={}
            )
            await connection.rollback()
        assert await take(database) == []

    on(database_url, scene)


def test_a_job_ends_once(database_url: str) -> None:
    async def scene(database: Database) -> None:
        assert await put(database, "j", event="DONE")
        assert not await put(database, "j", event="DONE")
        assert not await put(database, "j", event="FAILED")
        assert await put(database, "j", event="DONE", tenant="another")
        assert [(one.tenant_id, one.body) for one in await take(database)] == [
            ("t", '{"job_id":"j","event":"DONE"}'),
            ("another", '{"job_id":"j","event":"DONE"}'),
        ]

    on(database_url, scene)


def test_a_refused_second_end_leaves_the_transaction_usable(database_url: str) -> None:
    async def scene(database: Database) -> None:
        await put(database, "j", event="DONE")
        async with database.write() as connection:
            for job_id in ("j", "k"):
                await outbox.enqueue(
                    connection, tenant_id="t", job_id=job_id, url="https://a.test", event="DONE", body={}
                )
        assert [one.job_id for one in await take(database)] == ["j", "k"]

    on(database_url, scene)


def test_messages_of_one_job_go_one_after_the_other(database_url: str) -> None:
    async def scene(database: Database) -> None:
        for job_id, event in (("j", "PROCESSING"), ("j", "DONE"), ("k", "PROCESSING"), ("j2", "DONE")):
            await put(database, job_id, event=event)
        first = await take(database)
        assert [one.job_id for one in first] == ["j", "k", "j2"]
        assert await take(database) == []
        await settle(database, first[0], REFUSED, Status.PENDING, retry_seconds=60)
        assert await take(database) == []
        await settle(database, first[1])
        assert await take(database) == []
        await _now(database, first[0])
        (again,) = await take(database)
        assert (again.delivery_id, again.attempts) == (first[0].delivery_id, 1)
        await settle(database, again, REFUSED, Status.FAILED)
        assert [one.body for one in await take(database)] == ['{"job_id":"j","event":"DONE"}']

    on(database_url, scene)


def test_a_host_that_has_enough_is_passed_over(database_url: str) -> None:
    async def scene(database: Database) -> None:
        await put(database, "j", host="slow.test:8443")
        await put(database, "k", host="b.test")
        async with database.read() as connection:
            due = await outbox.due(connection, not_to=["slow.test:8443"], limit=10)
        assert [one.host for one in due] == ["b.test"]

    on(database_url, scene)


def test_each_message_is_claimed_by_one(database_url: str) -> None:
    async def scene(database: Database) -> None:
        for number in range(40):
            await put(database, f"j{number}")
        claimed: list[int] = []

        async def sender() -> None:
            while found := await take(database, limit=5):
                claimed.extend(one.serial for one in found)

        await asyncio.gather(*(sender() for _ in range(4)))
        claimed.extend(one.serial for one in await take(database, limit=100))
        assert len(claimed) == 40
        assert len(set(claimed)) == 40

    on(database_url, scene)


def test_a_claim_that_is_held_is_left_alone(database_url: str) -> None:
    """The holder's transaction is still open: whoever comes finds other messages, and waits for none."""

    async def scene(database: Database) -> None:
        if database.dialect == "sqlite":
            pytest.skip("writers of SQLite come one after the other")
        await put(database, "j")
        await put(database, "k")
        async with database.read() as connection:
            serials = [one.serial for one in await outbox.due(connection, limit=10)]
        async with database.write() as held:
            (mine,) = await outbox.claim(held, serials[:1], lease_seconds=30)
            async with asyncio.timeout(5), database.write() as connection:
                (other,) = await outbox.claim(connection, serials, lease_seconds=30)
        assert (mine.job_id, other.job_id) == ("j", "k")

    on(database_url, scene)


def test_a_lost_claim_settles_nothing_but_is_logged(database_url: str) -> None:
    async def scene(database: Database) -> None:
        await put(database, "j")
        (lost,) = await take(database, lease_seconds=0)
        (held,) = await take(database)
        assert held.delivery_id == lost.delivery_id
        assert not await settle(database, lost, REFUSED, Status.FAILED)
        assert await settle(database, held)
        assert not await settle(database, held)
        async with database.read() as connection:
            row = await outbox.find(connection, "t", held.delivery_id)
            tries = await outbox.tries_of(connection, [held.serial])
        assert row is not None
        assert (row.status, row.attempts, row.claim_token) == ("delivered", 1, None)
        assert [one.status_code for one in tries] == [500, 200, 200]

    on(database_url, scene)


def test_what_was_not_sent_is_given_back(database_url: str) -> None:
    async def scene(database: Database) -> None:
        await put(database, "j")
        await put(database, "k")
        held = await take(database)
        assert await settle(database, held[0])
        async with database.write() as connection:
            await outbox.release(connection, held)
        assert [one.job_id for one in await take(database)] == ["k"]

    on(database_url, scene)


def test_asking_again(database_url: str) -> None:
    async def scene(database: Database) -> None:
        await put(database, "j", event="FAILED")
        (first,) = await take(database)
        async with database.write() as connection:
            await outbox.send_again(connection, "t", first.delivery_id)
        assert await take(database) == [], "it is being sent"
        await settle(database, first, REFUSED, Status.FAILED)
        async with database.write() as connection:
            await outbox.send_again(connection, "another", first.delivery_id)
        assert await take(database) == [], "somebody else's"
        async with database.write() as connection:
            await outbox.send_again(connection, "t", first.delivery_id)
        (again,) = await take(database)
        assert (again.delivery_id, again.body, again.attempts) == (first.delivery_id, first.body, 0)

    on(database_url, scene)


def test_the_backlog(database_url: str) -> None:
    async def scene(database: Database) -> None:
        async with database.read() as connection:
            assert await outbox.backlog(connection) == (0, 0.0)
        await put(database, "j")
        async with database.write() as connection:
            await connection.execute(update(deliveries).values(created_at=now_ms() - 90_000))
        async with database.read() as connection:
            count, age = await outbox.backlog(connection)
        assert count == 1
        assert 90 <= age < 120

    on(database_url, scene)


def test_ids_of_one_letter_case_are_not_those_of_another(database_url: str) -> None:
    async def scene(database: Database) -> None:
        assert await put(database, "job", event="DONE")
        assert await put(database, "JOB", event="DONE")
        async with database.read() as connection:
            assert len(await outbox.of_job(connection, "t", "JOB")) == 1

    on(database_url, scene)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.test/x?y", "example.test"),
        ("http://user:secret@example.test:8443/", "example.test:8443"),
        ("http://[::1]:80/", "[::1]:80"),
        ("http://[::1", ""),
        ("no url", ""),
    ],
)
def test_the_host_of_a_url(url: str, host: str) -> None:
    assert host_of(url) == host


async def _now(database: Database, delivery: Delivery) -> None:
    async with database.write() as connection:
        row = (
            await connection.execute(select(deliveries).where(deliveries.c.serial == delivery.serial))
        ).one()
        assert row.available_at > row.created_at
        await connection.execute(
            update(deliveries).where(deliveries.c.serial == delivery.serial).values(available_at=now_ms())
        )
