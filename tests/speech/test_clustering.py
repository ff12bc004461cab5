from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.speech.clustering import average_linkage, cut


def _distances(seed: int, count: int) -> np.ndarray:
    points = np.random.default_rng(seed).normal(size=(count, 3))
    return np.asarray(np.linalg.norm(points[:, None] - points[None], axis=2))


def _textbook(distances: np.ndarray, threshold: float) -> set[frozenset[int]]:
    """Average linkage by definition: join the two groups whose mean pairwise distance is least, again and
    again."""
    groups = [[i] for i in range(len(distances))]
    while len(groups) > 1:
        pairs = [
            (distances[np.ix_(a, b)].mean(), i, j)
            for i, a in enumerate(groups)
            for j, b in enumerate(groups)
            if i < j
        ]
        nearest, i, j = min(pairs)
        if nearest > threshold:
            break
        groups[i] += groups.pop(j)
    return {frozenset(group) for group in groups}


@given(st.integers(0, 10_000), st.integers(1, 25), st.floats(0.1, 5))
def test_the_chain_finds_what_the_definition_finds(seed: int, count: int, threshold: float) -> None:
    distances = _distances(seed, count)
    labels = cut(count, average_linkage(distances), distance=threshold)
    assert {frozenset(np.flatnonzero(labels == k).tolist()) for k in set(labels)} == _textbook(
        distances, threshold
    )


@given(st.integers(0, 10_000), st.integers(1, 25), st.integers(1, 25))
def test_a_wanted_number_of_groups_is_made(seed: int, count: int, wanted: int) -> None:
    labels = cut(count, average_linkage(_distances(seed, count)), clusters=min(wanted, count))
    assert len(set(labels)) == min(wanted, count)


def test_labels_are_numbered_by_first_appearance() -> None:
    points = np.array([5.0, 0.0, 5.1, 9.0, 0.1])
    labels = cut(5, average_linkage(np.abs(points[:, None] - points[None])), distance=1.0)
    assert labels.tolist() == [0, 1, 0, 2, 1]


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_merge(count: int) -> None:
    assert average_linkage(np.zeros((count, count))) == []
