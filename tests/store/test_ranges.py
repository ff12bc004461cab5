from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.store.ranges import Unsatisfiable, asked_range, not_modified


def asked(header: str, size: int = 10, if_range: str = '"v1"') -> tuple[int, int] | None:
    return asked_range({"range": header, "if-range": if_range}, "v1", size)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 3)),
        ("bytes=2-", (2, 8)),
        ("bytes=2-999", (2, 8)),
        ("bytes=-3", (7, 3)),
        ("bytes=-999", (0, 10)),
        ("Bytes=1-1", (1, 1)),
    ],
)
def test_single_ranges(header: str, expected: tuple[int, int]) -> None:
    assert asked(header) == expected


@pytest.mark.parametrize(
    "header",
    ["", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=٣-٤", "bytes 0-1"],
)
def test_others_are_ignored(header: str) -> None:
    assert asked(header) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=11-12", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_without_a_byte_cannot_be_satisfied(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        asked(header, size)


def test_a_range_of_another_version_is_ignored() -> None:
    assert asked("bytes=2-4", if_range='"v1"') == (2, 3)
    assert asked("bytes=2-4", if_range='"v0"') is None
    assert asked("bytes=2-4", if_range="Sat, 21 Nov 2026 10:00:00 GMT") is None


@settings(deadline=None)
@given(st.text(alphabet="bytes=-0123456789, ", max_size=40), st.integers(0, 100))
def test_a_range_is_inside_the_object(header: str, size: int) -> None:
    try:
        found = asked(header, size)
    except Unsatisfiable:
        return
    if found is not None:
        start, length = found
        assert 0 <= start < start + length <= size


@pytest.mark.parametrize(
    ("header", "expected"),
    [('"v1"', True), ('W/"v1"', True), ('"v0", "v1"', True), ("*", True), ('"v0"', False), ("v1", False)],
)
def test_a_version_that_the_client_holds(header: str, expected: bool) -> None:
    assert not_modified({"if-none-match": header}, "v1") is expected
