"""The published rule of scores."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.live.analysis.result import Severity
from ecg.live.analysis.score import safety_score


@dataclass(frozen=True)
class Weighed:
    severity: Severity
    confidence: float


incidents = st.lists(st.builds(Weighed, st.sampled_from(Severity), st.floats(0, 1)), max_size=60)


@pytest.mark.parametrize(
    ("found", "score"),
    [
        ([], 100),
        ([("low", 1.0)], 97),
        ([("medium", 1.0)], 90),
        ([("high", 1.0)], 70),
        ([("critical", 1.0)], 40),
        ([("high", 0.5)], 85),
        ([("high", 1.0), ("high", 1.0)], 49),
        ([("critical", 0.9), ("medium", 0.8), ("low", 1.0)], 41),
    ],
)
def test_examples_of_the_documentation(found: list[tuple[str, float]], score: int) -> None:
    assert safety_score(Weighed(Severity(name), sure) for name, sure in found) == score


@given(incidents)
def test_it_is_a_score(found: list[Weighed]) -> None:
    assert 0 <= safety_score(found) <= 100


@given(incidents, st.builds(Weighed, st.sampled_from(Severity), st.floats(0, 1)))
def test_one_incident_more_never_raises_it(found: list[Weighed], more: Weighed) -> None:
    assert safety_score([*found, more]) <= safety_score(found)


@given(incidents)
def test_the_order_does_not_matter(found: list[Weighed]) -> None:
    assert safety_score(found) == safety_score(found[::-1])
