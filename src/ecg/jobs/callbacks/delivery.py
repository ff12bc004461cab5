"""Callbacks: tells clients what became of their jobs, and keeps a log of it.

Messages wait in the outbox (`callback_repository`), written together with the change that they tell. Every
server and every worker runs a `CallbackSender`; whoever is alive sends. The requests follow Standard Webhooks
(https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature` over the raw body.

A message is delivered at least once: a sender that dies between the answer and the note of it leaves the
message to another one, which sends it again under the same `webhook-id`. Receivers tell repeats by that id.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass

import structlog

from ecg.database import Database
from ecg.errors import EcgError, ForbiddenUrl
from ecg.jobs.callbacks import repository as outbox
from ecg.jobs.callbacks.repository import Delivery, Status, Try
from ecg.jobs.callbacks.signature import Signature
from ecg.net import GuardedClient, NetworkPolicy, post_json_with

log = structlog.get_logger(__name__)

GONE = 410
"""The receiver wants no more of this: the only answer that ends the tries."""
ONE_MESSAGE = {"connection": "close"}
"""No connection is kept: one that idles may be dead when the next message comes."""
FAILING_HOSTS = 10_000
"""Remembered at most; clients may invent hosts."""
END_SECONDS = 2.0
"""How long the end of a process waits for what is being sent."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between tries, in seconds: doubled up to the longest, until they add up to the total."""

    first: float = 1
    longest: float = 3600
    total: float = 24 * 3600

    def pause_after(self, attempt: int) -> float | None:
        """The pause after the try with this number (the first is 1); None after the last one."""
        pauses = [min(self.first * 2 ** min(number, 64), self.longest) for number in range(attempt)]
        return pauses[-1] if sum(pauses[:-1]) < self.total else None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sender does at once, and how long it waits. In seconds."""

    at_once: int = 32
    per_host: int = 4
    """To one host; a host that failed last time gets one at a time, so that dead ones cost little."""
    timeout: float = 10
    """For one answer."""
    lease: float = 30
    """After so long another sender may take over; longer than the timeout by what the database may need."""
    sweep: float = 1
    """How often to look for messages that other processes wrote, and for tries that are due."""


@dataclass(frozen=True, slots=True)
class Outcome:
    tried: Try
    status: Status
    retry_seconds: float = 0


class CallbackSender:
    """Sends what is due, until it is cancelled.

    `secret` signs (`callback_signature`); `policy` says which addresses may be reached.
    """

    def __init__(
        self,
        database: Database,
        policy: NetworkPolicy,
        secret: str,
        *,
        limits: Limits | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._database = database
        self._policy = policy
        self._signature = Signature(secret)
        self._limits = limits or Limits()
        self._backoff = backoff or Backoff()
        self._awake = asyncio.Event()
        self._sending: dict[asyncio.Task[None], Delivery] = {}
        self._failing: set[str] = set()

    def wake(self) -> None:
        """Look at the outbox now: this process has put something into it."""
        self._awake.set()

    async def run(self) -> None:
        """Send until cancelled. What is under way then has two seconds to end; the rest is left to others."""
        async with GuardedClient(self._policy, connections=self._limits.at_once) as client:
            try:
                while True:
                    self._awake.clear()
                    if not await self._begin_due(client):
                        with contextlib.suppress(TimeoutError):
                            # not wait_for: before Python 3.12 it loses a cancel that comes with the event
                            async with asyncio.timeout(self._limits.sweep):
                                await self._awake.wait()
            finally:
                await self._end()

    async def _begin_due(self, client: GuardedClient) -> bool:
        """Begin what may be sent now; True when there may be more."""
        try:
            claimed = await self._claim()
        except Exception as error:  # whatever the database has: the messages wait there
            log.warning("callbacks wait: the outbox cannot be read", error=str(error))
            return False
        for delivery in claimed:
            task = asyncio.create_task(self._send(client, delivery), name=f"callback-{delivery.delivery_id}")
            self._sending[task] = delivery
            task.add_done_callback(self._ended)
        return bool(claimed)

    async def _claim(self) -> list[Delivery]:
        free = self._limits.at_once - len(self._sending)
        if free <= 0:
            return []
        busy = Counter(delivery.host for delivery in self._sending.values())
        full = [host for host, count in busy.items() if count >= self._allowance(host)]
        async with self._database.read() as connection:
            due = await outbox.due(connection, not_to=full, limit=free)
        chosen = []
        for message in due:
            if busy[message.host] < self._allowance(message.host):
                busy[message.host] += 1
                chosen.append(message.serial)
        if not chosen:
            return []
        async with self._database.write() as connection:
            return await outbox.claim(connection, chosen, lease_seconds=self._limits.lease)

    def _allowance(self, host: str) -> int:
        return 1 if host in self._failing else self._limits.per_host

    async def _send(self, client: GuardedClient, delivery: Delivery) -> None:
        outcome = await self._try(client, delivery)
        about = {
            "job_id": delivery.job_id,
            "delivery_id": delivery.delivery_id,
            "host": delivery.host,
            "attempt": delivery.attempts + 1,
            "status_code": outcome.tried.status_code,
        }
        if outcome.status is Status.DELIVERED:
            self._failing.discard(delivery.host)
            log.info("callback delivered", **about)
        else:
            if len(self._failing) >= FAILING_HOSTS:
                self._failing.pop()
            self._failing.add(delivery.host)
            given_up = outcome.status is Status.FAILED
            log.warning(
                "callback given up" if given_up else "callback failed", **about, error=outcome.tried.error
            )
        try:
            async with self._database.write() as connection:
                await outbox.settle(
                    connection, delivery, outcome.tried, outcome.status, retry_seconds=outcome.retry_seconds
                )
        except Exception as error:  # the lease ends, and the message goes out again under the same id
            log.warning("what became of a callback could not be noted", **about, error=str(error))

    async def _try(self, client: GuardedClient, delivery: Delivery) -> Outcome:
        body = delivery.body.encode()
        began = time.monotonic()
        try:
            answer = await post_json_with(
                client,
                delivery.url,
                body,
                {**ONE_MESSAGE, **self._signature.headers(delivery.delivery_id, body)},
                timeout_seconds=self._limits.timeout,
            )
        except Exception as error:
            if not isinstance(error, EcgError):
                log.exception(
                    "a callback failed in a way that nobody foresaw", delivery_id=delivery.delivery_id
                )
            tried = Try(None, str(error) or repr(error), round((time.monotonic() - began) * 1000))
            return self._failed(delivery, tried, for_good=isinstance(error, ForbiddenUrl))
        if 200 <= answer.status_code < 300:
            return Outcome(Try(answer.status_code, None, answer.milliseconds), Status.DELIVERED)
        what = f"the receiver answered {answer.status_code}: {answer.snippet[:500]}".rstrip(": ")
        return self._failed(
            delivery,
            Try(answer.status_code, what, answer.milliseconds),
            for_good=answer.status_code == GONE,
            asked_seconds=answer.retry_after_seconds,
        )

    def _failed(
        self, delivery: Delivery, tried: Try, *, for_good: bool, asked_seconds: float | None = None
    ) -> Outcome:
        pause = self._backoff.pause_after(delivery.attempts + 1)
        if for_good or pause is None:
            return Outcome(tried, Status.FAILED)
        asked = min(asked_seconds or 0, self._backoff.longest)
        # Jitter, or the clients of a receiver that comes back would all call at the same moment.
        return Outcome(tried, Status.PENDING, max(asked, pause * random.uniform(0.75, 1.25)))  # noqa: S311

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.pop(task, None)
        self._awake.set()  # the job's next message may be due now

    async def _end(self) -> None:
        if not self._sending:
            return
        _, late = await asyncio.wait(self._sending, timeout=END_SECONDS)
        left = [self._sending[task] for task in late if task in self._sending]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        with contextlib.suppress(Exception):  # else the leases end
            async with self._database.write() as connection:
                await outbox.release(connection, left)
