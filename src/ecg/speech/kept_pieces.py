"""Finished pieces of a job in the object store, for the attempt that goes on after a killed worker.

Keys follow from the job (`speech/TENANT/JOB/words-003.json`), so every attempt finds them. They are removed
with the end of the job; what is left by jobs that were cancelled or lost goes after some days.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ecg.errors import Cancelled, EcgError, NotFound
from ecg.store import ObjectStore, object_key
from ecg.store.keys import safe_segment

log = structlog.get_logger(__name__)

FOLDER = "speech/"
FORGOTTEN_DAYS = 3
"""No attempt goes on after so long."""
_SWEEP_SECONDS = 6 * 3600.0
_FIRST_SECONDS = 120.0


class KeptPieces:
    """`ecg.speech.finished.Keeper` of one job. A store that fails costs repeated work, never the job."""

    def __init__(
        self, store: ObjectStore, tenant_id: str, job_id: str, folder: Path, cancelled: Callable[[], bool]
    ) -> None:
        """`folder` is for passing files."""
        self._store = store
        self._prefix = f"{FOLDER}{safe_segment(tenant_id)}/{safe_segment(job_id)}/"
        self._folder = folder
        self._cancelled = cancelled
        self.found_words = 0
        """Pieces that an earlier attempt had listened to."""

    def load(self, name: str, /) -> bytes | None:
        try:
            content = b"".join(self._store.open_range(self._key(name)))
        except NotFound:
            return None
        except EcgError as error:
            log.warning("a finished piece cannot be read and is done again", piece=name, error=str(error))
            return None
        self.found_words += name.startswith("words-")
        return content

    def save(self, name: str, content: bytes, /) -> None:
        passing = self._folder / f"{name}.json"
        passing.write_bytes(content)
        try:
            self._store.put_file(
                self._key(name), passing, content_type="application/json", cancelled=self._cancelled
            )
        except Cancelled:
            raise
        except EcgError as error:
            log.warning("a finished piece could not be kept", piece=name, error=str(error))
        finally:
            passing.unlink()

    def remove(self) -> None:
        """All of them: the job has ended."""
        with contextlib.suppress(EcgError):  # the sweep takes what is left
            for key in list(self._store.keys(self._prefix)):
                self._store.delete(key)

    def _key(self, name: str) -> str:
        return object_key(f"{self._prefix}{name}.json")


def sweep(store: ObjectStore, *, older_than: timedelta = timedelta(days=FORGOTTEN_DAYS)) -> int:
    """Remove what jobs left that nobody goes on with; returns how many objects."""
    limit, removed = datetime.now(UTC) - older_than, 0
    for key in list(store.keys(FOLDER)):
        stored = store.head(key)
        if stored is not None and stored.modified < limit:
            store.delete(key)
            removed += 1
    return removed


async def keep_swept(store: ObjectStore) -> None:
    """Sweep again and again, until cancelled."""
    await asyncio.sleep(_FIRST_SECONDS)
    while True:
        try:
            removed = await asyncio.to_thread(sweep, store)
        except EcgError as error:
            log.warning("finished pieces cannot be swept", error=str(error))
        else:
            if removed:
                log.info("finished pieces of forgotten jobs were removed", count=removed)
        await asyncio.sleep(_SWEEP_SECONDS)
