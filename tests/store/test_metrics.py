"""What operators see of the object store. That the calls are the store's own, its contract's tests show."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ecg.errors import NotFound, StorageError
from ecg.store import MeasuredStore, ObjectStore


class Measured:
    def __init__(self, store: ObjectStore) -> None:
        self.registry = CollectorRegistry()
        self.store = MeasuredStore(store, self.registry)

    def calls(self, operation: str) -> float | None:
        return self.registry.get_sample_value("ecg_store_seconds_count", {"operation": operation})

    def errors(self, operation: str) -> float | None:
        return self.registry.get_sample_value("ecg_store_errors_total", {"operation": operation})


@pytest.fixture
def measured(local_store: ObjectStore) -> Measured:
    return Measured(local_store)


def test_each_operation_has_its_times(measured: Measured, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"moving pictures")
    measured.store.put_file("a.mp4", tmp_path / "source", content_type="video/mp4")
    for _ in range(2):
        assert b"".join(measured.store.open_range("a.mp4")) == b"moving pictures"
    assert list(measured.store.keys()) == ["a.mp4"]
    found = [measured.calls(operation) for operation in ("put_file", "open_range", "keys", "head")]
    assert found == [1, 2, 1, None]
    assert measured.errors("put_file") is None


def test_a_reader_that_stops_early_is_counted(measured: Measured, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(bytes(3 * 1024 * 1024))
    measured.store.put_file("a.mp4", tmp_path / "source", content_type="video/mp4")
    reading = measured.store.open_range("a.mp4")
    assert next(reading)
    assert measured.calls("open_range") is None
    del reading
    assert measured.calls("open_range") == 1


def test_a_store_that_fails_is_an_error_and_a_missing_object_is_none(
    measured: Measured, tmp_path: Path
) -> None:
    with pytest.raises(StorageError):
        measured.store.put_file("a.mp4", tmp_path / "nothing-here", content_type="video/mp4")
    with pytest.raises(NotFound):
        measured.store.fetch_file("a.mp4", tmp_path / "copy")
    with pytest.raises(NotFound):
        next(measured.store.open_range("a.mp4"))
    assert (measured.errors("put_file"), measured.calls("put_file")) == (1, 1)
    assert (measured.errors("fetch_file"), measured.calls("fetch_file")) == (None, 1)
    assert (measured.errors("open_range"), measured.calls("open_range")) == (None, 1)
