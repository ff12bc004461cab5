"""Word times where nobody measured them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg.captions.scenario import Cue, Line, Word
from ecg.captions.timing import complete, share, timed, timed_words


def test_words_share_the_time_by_their_length() -> None:
    assert share(["ab", "abcdef"], 1.0, 5.0) == [(1.0, 2.0), (2.0, 5.0)]
    assert share([], 1.0, 5.0) == []


def test_a_gap_is_filled_between_its_neighbours_and_marked() -> None:
    words = [
        Word(text="one", start=1, end=2),
        Word(text="two"),
        Word(text="six", start=4, end=5),
        Word(text="end"),
    ]
    done = complete(words, 0.0, 8.0)
    assert [(w.start, w.end, w.timing) for w in done] == [
        (1, 2, "measured"),
        (2, 4, "interpolated"),
        (4, 5, "measured"),
        (5, 8, "interpolated"),
    ]
    assert done[0] is words[0]


def test_a_measured_start_without_an_end_stays_measured() -> None:
    done = complete([Word(text="ab", start=1), Word(text="ab"), Word(text="c", start=3, end=4)], 0, 4)
    assert [(w.start, w.end, w.timing) for w in done] == [
        (1, 2, "measured"),
        (2, 3, "interpolated"),
        (3, 4, "measured"),
    ]


def test_no_room_means_no_length_and_never_a_negative_one() -> None:
    done = complete([Word(text="a", start=1, end=3), Word(text="b"), Word(text="c", start=2, end=4)], 0, 4)
    assert (done[1].start, done[1].end) == (2, 2)


def test_a_cue_with_nothing_missing_is_returned_itself() -> None:
    cue = Cue(id="a", start=0, end=1, lines=[Line(words=[Word(text="a", start=0, end=1)])])
    assert timed(cue) is cue


def test_times_are_kept_inside_the_cue_where_it_is_drawn() -> None:
    cue = Cue(
        id="a", start=1, end=2, lines=[Line(words=[Word(text="a", start=0.5, end=2.5), Word(text="b")])]
    )
    assert [(w.start, w.end) for w in timed_words(cue)] == [(1, 2), (2, 2)]


known = st.one_of(st.none(), st.floats(0, 10))


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1, max_size=5), known), min_size=1, max_size=12))
def test_every_word_gets_a_time_and_measured_ones_are_kept(drawn: list[tuple[str, float | None]]) -> None:
    starts = sorted(start for _, start in drawn if start is not None)
    words = [Word(text=text, start=None if start is None else starts.pop(0)) for text, start in drawn]
    done = complete(words, 0.0, 10.0)
    assert len(done) == len(words)
    for before, after in zip(words, done, strict=True):
        assert after.start is not None
        assert after.end is not None
        assert 0 <= after.start <= after.end <= 10
        assert after.timing == ("interpolated" if before.start is None else "measured")
        assert before.start is None or after.start == pytest.approx(before.start)
    assert [w.start for w in done] == sorted(w.start or 0 for w in done)
