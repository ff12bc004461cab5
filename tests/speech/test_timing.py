from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.speech.engines.base import HeardWord
from ecg.speech.timing import interpolate


def _word(text: str, start: float | None = None, end: float | None = None) -> HeardWord:
    return HeardWord(text, start, end, None)


def test_untimed_words_share_the_gap_by_their_letters() -> None:
    words = [_word("a", 0.0, 1.0), _word("bb"), _word("cccc"), _word("d", 2.5, 3.0)]
    filled = interpolate(words, start=0.0, end=3.0)
    assert [w.start for w in filled[1:3]] == pytest.approx([1.0, 1.5])
    assert [w.end for w in filled[1:3]] == pytest.approx([1.5, 2.5])
    assert [w.timing for w in filled] == ["measured", "interpolated", "interpolated", "measured"]


def test_at_the_ends_the_bounds_are_used() -> None:
    filled = interpolate([_word("a"), _word("b", 1.0, 2.0), _word("c")], start=0.5, end=4.0)
    assert [(w.start, w.end) for w in filled] == [(0.5, 1.0), (1.0, 2.0), (2.0, 4.0)]


@given(st.lists(st.tuples(st.text("abc", min_size=1, max_size=9), st.booleans()), max_size=20))
def test_every_word_gets_a_time_and_none_runs_backwards(shape: list[tuple[str, bool]]) -> None:
    words = [_word(t, i + 0.25, i + 0.75) if timed else _word(t) for i, (t, timed) in enumerate(shape)]
    filled = interpolate(words, start=0.0, end=30.0)
    edges = [edge for w in filled for edge in (w.start, w.end)]
    assert None not in edges
    assert edges == sorted(e for e in edges if e is not None)
    assert [w.timing == "measured" for w in filled] == [timed for _, timed in shape]
