"""Callbacks from the outbox to a client's server, and back into the log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from sqlalchemy import delete
from standardwebhooks import WebhookVerificationError

from ecg.database import Database, migrate
from ecg.errors import NotFound
from ecg.jobs.callbacks import repository as outbox
from ecg.jobs.callbacks.delivery import Backoff, CallbackSender, Limits
from ecg.jobs.callbacks.log import Callbacks, DeliveryView
from ecg.jobs.callbacks.repository import deliveries
from ecg.jobs.callbacks.signature import webhook_secret
from ecg.net import NetworkPolicy
from tests.jobs.callback_receiver import Received, Receiver, answers

SECRET = "a secret of the tests, long enough"
LOOPBACK = NetworkPolicy(allowed_private_networks=(ip_network("127.0.0.0/8"),))
QUICK = Limits(sweep=0.02, timeout=5, lease=30)
AT_ONCE = Backoff(first=0.01, longest=0.05)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(f"sqlite:///{tmp_path / 'ecg.db'}") as database:
        yield database


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        await migrate(database)
        async with database.write() as connection:
            await connection.execute(delete(deliveries))
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def sending(
    database: Database,
    *,
    limits: Limits = QUICK,
    backoff: Backoff = AT_ONCE,
    policy: NetworkPolicy = LOOPBACK,
) -> AsyncIterator[CallbackSender]:
    sender = CallbackSender(database, policy, SECRET, limits=limits, backoff=backoff)
    task = asyncio.create_task(sender.run())
    try:
        yield sender
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def put(
    database: Database, url: str, job_id: str = "job", event: str = "DONE", percent: int = 100
) -> None:
    async with database.write() as connection:
        await outbox.enqueue(
            connection,
            tenant_id="service",
            job_id=job_id,
            url=url,
            event=event,
            body={"job_id": job_id, "status": event, "progress": percent, "message": "다 됐습니다"},
        )


async def logged(
    database: Database, until: Callable[[DeliveryView], object], job_id: str = "job"
) -> Sequence[DeliveryView]:
    """The job's log, as soon as all its messages are as they should be."""
    callbacks = Callbacks(database)
    async with asyncio.timeout(20):
        while True:
            log = await callbacks.log("service", job_id)
            if log and all(until(message) for message in log):
                return log
            await asyncio.sleep(0.01)


def settled(message: DeliveryView) -> bool:
    return message.status != "pending"


async def test_a_receiver_verifies_what_it_gets(database: Database) -> None:
    async with Receiver().listening() as receiver, sending(database):
        await put(database, receiver.url)
        (message,) = await receiver.wait_for(1)
        assert message.verified(webhook_secret(SECRET)) == {
            "job_id": "job",
            "status": "DONE",
            "progress": 100,
            "message": "다 됐습니다",
        }
        assert message.headers["content-type"] == "application/json"
        (entry,) = await logged(database, settled)
    assert (entry.status, entry.delivery_id, entry.event, entry.next_try_at) == (
        "delivered",
        message.id,
        "DONE",
        None,
    )
    assert entry.body.encode() == message.body
    assert entry.delivered_at is not None
    assert [(tried.status_code, tried.error) for tried in entry.tries] == [(200, None)]


async def test_an_altered_a_replayed_and_a_foreign_message_are_refused(database: Database) -> None:
    async with Receiver().listening() as receiver, sending(database):
        await put(database, receiver.url)
        (message,) = await receiver.wait_for(1)
    altered = Received(message.path, message.headers, message.body.replace(b"100", b"101"))
    renamed = Received(message.path, {**message.headers, "webhook-id": "msg_other"}, message.body)
    for forged in (altered, renamed):
        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            forged.verified(webhook_secret(SECRET))
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        message.verified(webhook_secret("another secret, long enough as well"))


async def test_a_try_that_fails_is_followed_by_another(database: Database) -> None:
    receiver = Receiver(
        answers("500 Oh", "404 Where", "302 There\r\nLocation: http://127.0.0.1/", "204 Fine")
    )
    async with receiver.listening(), sending(database):
        await put(database, receiver.url)
        (entry,) = await logged(database, settled)
    assert entry.status == "delivered"
    assert [tried.status_code for tried in entry.tries] == [500, 404, 302, 204]
    assert entry.tries[0].error == "the receiver answered 500"
    assert len({message.id for message in receiver.received}) == 1
    assert len({message.body for message in receiver.received}) == 1


async def test_a_receiver_that_comes_back_gets_everything_in_order(database: Database) -> None:
    receiver = Receiver()
    async with receiver.listening():
        pass  # its port is known now, and nobody listens there
    for percent in (0, 30, 60):
        await put(database, receiver.url, event="PROCESSING", percent=percent)
    await put(database, receiver.url)
    async with sending(database):
        while not (await logged(database, lambda _: True))[0].tries:
            await asyncio.sleep(0.01)
        async with receiver.listening():
            await receiver.wait_for(4)
            log = await logged(database, settled)
    assert [message.json["progress"] for message in receiver.received] == [0, 30, 60, 100]
    assert log[0].tries[0].status_code is None
    assert log[0].tries[0].error
    assert [entry.status for entry in log] == ["delivered"] * 4


async def test_410_ends_the_tries(database: Database) -> None:
    async with Receiver(answers("410 Gone")).listening() as receiver, sending(database):
        await put(database, receiver.url)
        (entry,) = await logged(database, settled)
    assert (entry.status, len(entry.tries)) == ("failed", 1)


async def test_the_tries_end_when_the_time_is_over(database: Database) -> None:
    backoff = Backoff(first=0.01, longest=0.01, total=0.03)
    async with Receiver(answers("503 Later")).listening() as receiver, sending(database, backoff=backoff):
        await put(database, receiver.url)
        (entry,) = await logged(database, settled)
    assert (entry.status, entry.attempts) == ("failed", 4)


async def test_a_receiver_may_ask_for_a_pause(database: Database) -> None:
    receiver = Receiver(answers("429 Slowly\r\nRetry-After: 600", "200 OK"))
    backoff = Backoff(first=0.01, longest=3600)
    async with receiver.listening(), sending(database, backoff=backoff):
        await put(database, receiver.url)
        (entry,) = await logged(database, lambda message: message.tries)
    assert entry.status == "pending"
    assert entry.next_try_at is not None
    pause = datetime.fromisoformat(entry.next_try_at) - datetime.fromisoformat(entry.created_at or "")
    assert timedelta(seconds=599) < pause < timedelta(seconds=660)


async def test_a_private_address_is_never_called(database: Database) -> None:
    async with Receiver().listening() as receiver, sending(database, policy=NetworkPolicy()):
        await put(database, receiver.url)
        (entry,) = await logged(database, settled)
    assert receiver.received == []
    assert (entry.status, len(entry.tries), entry.tries[0].status_code) == ("failed", 1, None)
    assert "127.0.0.1" in (entry.tries[0].error or "")


async def test_what_is_no_url_fails_for_good(database: Database) -> None:
    async with sending(database):
        await put(database, "http://[::1")
        (entry,) = await logged(database, settled)
    assert entry.status == "failed"


async def test_slow_receivers_hold_up_nobody(database: Database) -> None:
    async def never(_message: Received) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    slow, quick = Receiver(never), Receiver()
    limits = Limits(sweep=0.02, timeout=60, lease=90, at_once=6, per_host=2)
    async with slow.listening(), quick.listening(), sending(database, limits=limits):
        for number in range(20):
            await put(database, slow.url, f"slow-{number}")
        await slow.wait_for(2)
        for number in range(20):
            await put(database, quick.url, f"quick-{number}")
        await quick.wait_for(20)
    assert slow.most_at_once == 2


async def test_a_host_that_fails_gets_one_at_a_time_until_it_answers(database: Database) -> None:
    failing = True

    async def answer(_message: Received) -> str:
        await asyncio.sleep(0.01)
        return "500 Oh" if failing else "200 OK"

    receiver = Receiver(answer)
    async with receiver.listening(), sending(database):
        await put(database, receiver.url, "first")
        await logged(database, lambda message: message.tries, "first")
        for number in range(5):
            await put(database, receiver.url, f"job-{number}")
        receiver.most_at_once = 0
        await receiver.wait_for(len(receiver.received) + 8)
        assert receiver.most_at_once == 1
        failing = False
        for number in range(5):
            await logged(database, settled, f"job-{number}")


async def test_two_senders_deliver_each_message_once(database_url: str) -> None:
    async with opened(database_url) as database, Receiver().listening() as receiver:
        for number in range(30):
            await put(database, receiver.url, f"job-{number}", "PROCESSING", 0)
            await put(database, receiver.url, f"job-{number}")
        async with opened_again(database_url) as other, sending(database), sending(other):
            for number in range(30):
                await logged(database, settled, f"job-{number}")
    assert len(receiver.received) == 60
    assert len({message.id for message in receiver.received}) == 60
    for number in range(30):
        mine = [
            message.json["progress"]
            for message in receiver.received
            if message.json["job_id"] == f"job-{number}"
        ]
        assert mine == [0, 100]


@contextlib.asynccontextmanager
async def opened_again(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


async def test_a_sender_that_was_killed_is_followed_by_another_with_the_same_id(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ecg.db'}"
    may_answer = asyncio.Event()

    async def answer(_message: Received) -> str:
        await may_answer.wait()
        return "200 OK"

    receiver = Receiver(answer)
    async with opened(url) as database, receiver.listening():
        await put(database, receiver.url)
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.jobs.callback_sender_process", url, SECRET, cwd=Path.cwd()
        )
        try:
            await receiver.wait_for(1)
        finally:
            os.kill(child.pid, signal.SIGKILL)
            await child.wait()
        may_answer.set()
        async with sending(database):
            (entry,) = await logged(database, settled)
    first, second = receiver.received
    assert first.id == second.id == entry.delivery_id
    assert first.body == second.body
    assert second.verified(webhook_secret(SECRET))
    assert (entry.status, len(entry.tries)) == ("delivered", 1)


async def test_a_sender_that_ends_leaves_what_it_held_to_others(database: Database) -> None:
    stuck = True

    async def answer(_message: Received) -> str:
        if stuck:
            await asyncio.Event().wait()
        return "200 OK"

    async with Receiver(answer).listening() as receiver:
        await put(database, receiver.url)
        async with sending(database, limits=Limits(timeout=60, lease=600)):
            await receiver.wait_for(1)
        stuck = False
        async with sending(database):
            (entry,) = await logged(database, settled)
    assert (entry.status, len(receiver.received)) == ("delivered", 2)


async def test_what_is_under_way_may_end(database: Database) -> None:
    arrived = asyncio.Event()

    async def answer(_message: Received) -> str:
        arrived.set()
        await asyncio.sleep(0.1)
        return "200 OK"

    async with Receiver(answer).listening() as receiver:
        await put(database, receiver.url)
        async with sending(database):
            await arrived.wait()
        (entry,) = await Callbacks(database).log("service", "job")
    assert entry.status == "delivered"


async def test_whoever_writes_may_wake_the_sender(database: Database) -> None:
    limits = Limits(sweep=600)
    async with Receiver().listening() as receiver, sending(database, limits=limits) as sender:
        await asyncio.sleep(0)
        for number in range(3):
            await put(database, receiver.url, f"job-{number}", "PROCESSING", 0)
            await put(database, receiver.url, f"job-{number}")
            sender.wake()
            await receiver.wait_for(2 * number + 2)


async def test_an_outbox_that_cannot_be_read_is_tried_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ecg.db'}"
    async with opened_again(url) as database, Receiver().listening() as receiver, sending(database) as sender:
        sender.wake()
        await asyncio.sleep(0.1)  # there are no tables
        async with opened(url):
            await put(database, receiver.url)
            await receiver.wait_for(1)


async def test_a_message_is_sent_again_on_demand(database: Database) -> None:
    async with Receiver(answers("410 Gone", "200 OK")).listening() as receiver, sending(database) as sender:
        await put(database, receiver.url)
        (refused,) = await logged(database, settled)
        callbacks = Callbacks(database, sender.wake)
        again = await callbacks.redeliver("service", refused.delivery_id)
        assert (again.status, again.attempts) == ("pending", 0)
        (entry,) = await logged(database, settled)
        await callbacks.redeliver("service", entry.delivery_id)
        await receiver.wait_for(3)
        (entry,) = await logged(database, settled)
    assert [tried.status_code for tried in entry.tries] == [410, 200, 200]
    assert len({message.id for message in receiver.received}) == 1


async def test_only_ones_own_messages(database: Database) -> None:
    await put(database, "https://a.test")
    (entry,) = await Callbacks(database).log("service", "job")
    assert await Callbacks(database).log("another", "job") == []
    with pytest.raises(NotFound):
        await Callbacks(database).redeliver("another", entry.delivery_id)
    with pytest.raises(NotFound):
        await Callbacks(database).redeliver("service", "msg_none")


def test_pauses_double_up_to_an_hour_and_last_a_day() -> None:
    backoff = Backoff()
    pauses: list[float] = []
    while (pause := backoff.pause_after(len(pauses) + 1)) is not None:
        pauses.append(pause)
    assert pauses[:4] == [1, 2, 4, 8]
    assert max(pauses) == 3600
    assert 24 * 3600 <= sum(pauses) < 25 * 3600
