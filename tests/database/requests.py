"""Which request sent how many statements. Sweeps and workers beside it send some at any time: nobody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ecg.database import Database


@contextmanager
def statements_by_request(database: Database) -> Iterator[Counter[str]]:
    """Counts by request id, as answers carry it in `X-Request-ID`; what a request left to be done counts."""
    sent: Counter[str] = Counter()

    def note() -> None:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id is not None:
            sent[request_id] += 1

    database.watchers.append(note)
    try:
        yield sent
    finally:
        database.watchers.remove(note)
