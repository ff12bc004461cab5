from __future__ import annotations

import pytest

from ecg.errors import StorageError
from ecg.store.objects import StorageRefused
from ecg.store.probing import KEEP_BAD_SECONDS, KEEP_GOOD_SECONDS, Probe


class Store:
    def __init__(self) -> None:
        self.looks = 0
        self.now = 0.0
        self.error: StorageError | None = None
        self.probe = Probe(self.look, clock=lambda: self.now)

    def look(self) -> None:
        self.looks += 1
        if self.error is not None:
            raise self.error


def test_a_good_answer_is_kept() -> None:
    store = Store()
    store.probe()
    store.now = KEEP_GOOD_SECONDS - 1
    store.probe()
    assert store.looks == 1
    store.now = KEEP_GOOD_SECONDS
    store.probe()
    assert store.looks == 2


def test_a_bad_answer_is_kept_for_a_shorter_time() -> None:
    store = Store()
    store.error = StorageRefused("the bucket does not exist", hint="create it")
    for _ in range(2):
        with pytest.raises(StorageRefused, match="bucket") as caught:
            store.probe()
        assert caught.value.hint == "create it"
    assert store.looks == 1
    store.error = None
    store.now = KEEP_BAD_SECONDS
    store.probe()
    assert store.looks == 2
