"""What clients see of their callbacks: the log of a job's messages, and sending one again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ecg.database import Database, Record
from ecg.errors import NotFound
from ecg.jobs.callbacks import repository as outbox
from ecg.jobs.callbacks.repository import Status
from ecg.jobs.view import moment


@dataclass(frozen=True, slots=True)
class TryView:
    """One try; `status_code` is None when nobody answered. Moments are ISO 8601 in UTC."""

    tried_at: str | None
    status_code: int | None
    error: str | None
    milliseconds: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One message and all tries to deliver it, the oldest first.

    `attempts` counts the tries since it was last asked for; `next_try_at` is None once nothing more follows.
    """

    delivery_id: str
    job_id: str
    url: str
    event: str
    body: str
    status: str
    attempts: int
    created_at: str | None
    next_try_at: str | None
    delivered_at: str | None
    tries: tuple[TryView, ...]


class Callbacks:
    """The log of all tenants' callbacks. `on_again` is called when a message waits to be sent once more."""

    def __init__(self, database: Database, on_again: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._on_again = on_again

    async def log(self, tenant_id: str, job_id: str) -> list[DeliveryView]:
        """The job's messages, oldest first; empty when it has none, or is not the tenant's."""
        async with self._database.read() as connection:
            rows = await outbox.of_job(connection, tenant_id, job_id)
            tries = await outbox.tries_of(connection, [row.serial for row in rows])
        return _views(rows, tries)

    async def redeliver(self, tenant_id: str, delivery_id: str) -> DeliveryView:
        """Send a message again, soon, with a day of retries before it. Raises NotFound.

        It keeps its id and its body: it is the same message, and a receiver that has seen it may tell so. One
        that is being sent at this moment stays as it is.
        """
        async with self._database.write() as connection:
            await outbox.send_again(connection, tenant_id, delivery_id)
            row = await outbox.find(connection, tenant_id, delivery_id)
            if row is None:
                raise NotFound(f"there is no callback {delivery_id!r}", where="delivery_id")
            tries = await outbox.tries_of(connection, [row.serial])
        self._on_again()
        return _views([row], tries)[0]


def _views(rows: Sequence[Record], tries: Sequence[Record]) -> list[DeliveryView]:
    of_message: dict[int, list[TryView]] = defaultdict(list)
    for tried in tries:
        of_message[tried.delivery_serial].append(
            TryView(moment(tried.tried_at), tried.status_code, tried.error, tried.milliseconds)
        )
    return [
        DeliveryView(
            delivery_id=row.delivery_id,
            job_id=row.job_id,
            url=row.url,
            event=row.event,
            body=row.body,
            status=row.status,
            attempts=row.attempts,
            created_at=moment(row.created_at),
            next_try_at=moment(row.available_at) if row.status == Status.PENDING else None,
            delivered_at=moment(row.delivered_at),
            tries=tuple(of_message[row.serial]),
        )
        for row in rows
    ]
