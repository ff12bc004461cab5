"""Stretches of time, held against a list of milliseconds that are covered."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ecg.live.reports.spans import Span, merged, seconds, within

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: Span(*sorted(pair))))
WINDOW = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda pair: Span(*sorted(pair)))


def covered(spans: list[Span]) -> set[int]:
    return {moment for span in spans for moment in range(span.start, span.end)}


@given(SPANS)
def test_merged_covers_the_same_in_order_and_apart(spans: list[Span]) -> None:
    found = merged(spans)
    assert covered(found) == covered(spans)
    assert all(one.end < other.start for one, other in itertools.pairwise(found))
    assert seconds(found) * 1000 == len(covered(spans))


@given(SPANS, WINDOW)
def test_what_is_within_the_window(spans: list[Span], window: Span) -> None:
    assert covered(within(spans, window)) == covered(spans) & covered([window])


def test_pauses_within_the_slack_do_not_count() -> None:
    spans = [Span(0, 10), Span(11, 20), Span(23, 30)]
    assert merged(spans, slack=1) == [Span(0, 20), Span(23, 30)]
    assert merged(spans) == spans
