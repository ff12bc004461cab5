from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.store.disposition import attachment


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("talk.mp4", 'attachment; filename="talk.mp4"'),
        ("my talk (1).mp4", 'attachment; filename="my talk (1).mp4"'),
        ("발표.mp4", "attachment; filename=\"__.mp4\"; filename*=UTF-8''%EB%B0%9C%ED%91%9C.mp4"),
        ('a"b.mp4', "attachment; filename=\"a_b.mp4\"; filename*=UTF-8''a%22b.mp4"),
        ("../../etc/passwd", 'attachment; filename=".._.._etc_passwd"'),
        ("", 'attachment; filename="download"'),
    ],
)
def test_names(name: str, header: str) -> None:
    assert attachment(name) == header


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_name_makes_a_header_that_cannot_break_out(name: str) -> None:
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    plain = header.split('"')
    assert len(plain) == 3
    assert "/" not in plain[1]
    saved = unquote(header.partition("UTF-8''")[2]) or plain[1]
    assert 0 < len(saved.encode()) <= 200
    assert not {"/", "\\", "\0", "\n", "\u202e"} & set(saved)


def test_a_long_name_keeps_its_extension() -> None:
    assert attachment("긴" * 200 + ".webm").endswith(".webm")
