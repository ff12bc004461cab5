from __future__ import annotations

import httpx2
import pytest

from ecg.net.ranges import ContentRange, Version, content_range, version_of

OLD = "Fri, 20 Nov 2026 11:00:00 GMT"
NOW = "Sat, 21 Nov 2026 11:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes 0-9/100", ContentRange(0, 9, 100)),
        ("bytes 5-9/*", ContentRange(5, 9, None)),
        ("bytes */0", ContentRange(None, None, 0)),
        ("bytes 9-5/100", None),
        ("bytes 0-100/100", None),
        ("bytes -5-9/100", None),
        ("bytes 0-9", None),
        ("items 0-9/100", None),
        ("bytes 0-" + "9" * 5000 + "/*", None),
        ("", None),
    ],
)
def test_content_range_is_read_or_not_believed(text: str, expected: ContentRange | None) -> None:
    assert content_range(httpx2.Headers({"content-range": text})) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"etag": '"v1"'}, Version('"v1"', None)),
        ({"etag": 'W/"v1"'}, Version(None, None)),
        ({"last-modified": OLD, "date": NOW}, Version(None, OLD)),
        ({"last-modified": NOW, "date": NOW}, Version(None, None)),
        ({"last-modified": OLD}, Version(None, None)),
        ({"last-modified": "yesterday", "date": NOW}, Version(None, None)),
        ({"last-modified": "Fri, 20 Nov 2026 11:00:00 -0000", "date": NOW}, Version(None, None)),
        ({}, Version(None, None)),
    ],
)
def test_only_strong_validators_count(headers: dict[str, str], expected: Version) -> None:
    assert version_of(httpx2.Headers(headers)) == expected
