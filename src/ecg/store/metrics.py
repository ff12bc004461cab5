"""How long the store takes, and how often it fails, for the `/metrics` of a server.

Workers have no port: what they move is in the times of their jobs. Of the local store's signed links the
server's answers tell.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram

from ecg.errors import StorageError
from ecg.store.objects import ObjectStore, Progress, SignedUpload, Stop, StoredObject

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

T = TypeVar("T")


class MeasuredStore:
    """The same store: `ecg_store_seconds` and `ecg_store_errors_total` by operation, which are the names of
    `ObjectStore`. An error is a store that fails or refuses; that there is no such object is an answer.
    """

    def __init__(self, store: ObjectStore, registry: CollectorRegistry) -> None:
        self._store = store
        self._seconds = Histogram(
            "ecg_store_seconds",
            "How long calls of the object store took.",
            ["operation"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._errors = Counter(
            "ecg_store_errors",
            "Calls of the object store that it failed or refused.",
            ["operation"],
            registry=registry,
        )

    def put_file(
        self,
        key: str,
        path: Path,
        *,
        content_type: str,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        with self._timed("put_file"):
            return self._store.put_file(
                key, path, content_type=content_type, cancelled=cancelled, progress=progress
            )

    def fetch_file(
        self,
        key: str,
        path: Path,
        *,
        max_bytes: int | None = None,
        cancelled: Stop | None = None,
        progress: Progress | None = None,
    ) -> StoredObject:
        with self._timed("fetch_file"):
            return self._store.fetch_file(
                key, path, max_bytes=max_bytes, cancelled=cancelled, progress=progress
            )

    def open_range(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        return self._streamed("open_range", self._store.open_range(key, start, length))

    def head(self, key: str) -> StoredObject | None:
        with self._timed("head"):
            return self._store.head(key)

    def delete(self, key: str) -> None:
        with self._timed("delete"):
            self._store.delete(key)

    def move(self, source: str, destination: str, *, etag: str | None = None) -> StoredObject:
        with self._timed("move"):
            return self._store.move(source, destination, etag=etag)

    def keys(self, prefix: str = "") -> Iterator[str]:
        return self._streamed("keys", self._store.keys(prefix))

    def download_url(self, key: str, *, seconds: int, file_name: str | None = None) -> str:
        with self._timed("download_url"):
            return self._store.download_url(key, seconds=seconds, file_name=file_name)

    def upload_url(
        self, key: str, *, content_type: str, size: int, seconds: int, exact: bool = True
    ) -> SignedUpload:
        with self._timed("upload_url"):
            return self._store.upload_url(
                key, content_type=content_type, size=size, seconds=seconds, exact=exact
            )

    def sweep(self, prefix: str = "", *, older_than_seconds: float = 24 * 3600) -> int:
        with self._timed("sweep"):
            return self._store.sweep(prefix, older_than_seconds=older_than_seconds)

    def check(self) -> None:
        with self._timed("check"):
            self._store.check()

    @contextmanager
    def _timed(self, operation: str) -> Iterator[None]:
        began = time.perf_counter()
        with self._counted(operation):
            try:
                yield
            finally:
                self._seconds.labels(operation).observe(time.perf_counter() - began)

    def _streamed(self, operation: str, items: Iterator[T]) -> Generator[T]:
        """What the store takes, and not what the reader does in between."""
        seconds = 0.0
        try:
            while True:
                began = time.perf_counter()
                try:
                    with self._counted(operation):
                        item = next(items)
                except StopIteration:
                    return
                finally:
                    seconds += time.perf_counter() - began
                yield item
        finally:
            self._seconds.labels(operation).observe(seconds)

    @contextmanager
    def _counted(self, operation: str) -> Iterator[None]:
        try:
            yield
        except StorageError:
            self._errors.labels(operation).inc()
            raise
