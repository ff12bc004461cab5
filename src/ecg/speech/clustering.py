"""Agglomerative clustering with average linkage, for voiceprints.

The nearest-neighbour chain (Benzécri 1982, Murtagh 1983) finds the same merges as the textbook method in
O(n²) time and memory, because average linkage is reducible: a merge never brings a third cluster nearer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.intp]


@dataclass(frozen=True)
class Merge:
    """Two clusters, each named by one of its members, joined at an average distance."""

    distance: float
    one: int
    other: int


def average_linkage(distances: NDArray[np.floating]) -> list[Merge]:
    """All n - 1 merges of n points, nearest first.

    Args:
        distances: (n, n), symmetric.
    """
    work = np.array(distances, dtype=np.float64)
    np.fill_diagonal(work, np.inf)
    sizes = np.ones(len(work))
    merges: list[Merge] = []
    chain: list[int] = []
    alive = np.ones(len(work), bool)
    while len(merges) < len(work) - 1:
        if not chain:
            chain.append(int(alive.argmax()))
        tip = chain[-1]
        nearest = int(work[tip].argmin())
        if len(chain) > 1 and work[tip, chain[-2]] <= work[tip, nearest]:
            nearest = chain[-2]
            merges.append(Merge(float(work[tip, nearest]), tip, nearest))
            del chain[-2:]
            _join(work, sizes, alive, tip, nearest)
        else:
            chain.append(nearest)
    return sorted(merges, key=lambda merge: merge.distance)


def _join(
    work: NDArray[np.float64], sizes: NDArray[np.float64], alive: NDArray[np.bool_], gone: int, kept: int
) -> None:
    """Lance-Williams update: the average distance to the union is the average weighted by sizes."""
    total = sizes[gone] + sizes[kept]
    row = (sizes[gone] * work[gone] + sizes[kept] * work[kept]) / total
    row[[gone, kept]] = np.inf
    row[~alive] = np.inf
    work[kept], work[:, kept] = row, row
    work[gone], work[:, gone] = np.inf, np.inf
    sizes[kept], alive[gone] = total, False


def cut(
    count: int, merges: list[Merge], *, clusters: int | None = None, distance: float | None = None
) -> Labels:
    """Labels 0 … k-1 of `count` points, in the order of first appearance.

    Give either `clusters` (how many remain, at most `count`) or `distance` (no merge beyond it).
    """
    taken = merges[: max(0, count - clusters)] if clusters is not None else merges
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for merge in taken:
        if distance is None or merge.distance <= distance:
            parent[root(merge.one)] = root(merge.other)
    return in_order_of_appearance(np.array([root(node) for node in range(count)], dtype=np.intp))


def join_while_near(
    distances: NDArray[np.floating], labels: Labels, near_enough: Callable[[int], float]
) -> Labels:
    """Go on joining clusters whose average distance is allowed by the size of the smaller one.

    Args:
        distances: (n, n) between the points.
        labels: 0 … k-1 of each point.
        near_enough: the largest distance at which a cluster of so many points may still be joined.
    """
    members = np.eye(int(labels.max()) + 1)[labels]
    while members.shape[1] > 1:
        sizes = members.sum(axis=0)
        average = members.T @ distances @ members / np.outer(sizes, sizes)
        smaller = np.minimum.outer(sizes, sizes)
        excess = average - np.vectorize(near_enough, otypes=[float])(smaller)
        np.fill_diagonal(excess, np.inf)
        one, other = sorted(np.unravel_index(excess.argmin(), excess.shape))
        if excess[one, other] > 0:
            break
        members[:, one] += members[:, other]
        members = np.delete(members, other, axis=1)
    return in_order_of_appearance(members.argmax(axis=1))


def in_order_of_appearance(labels: Labels) -> Labels:
    """The same groups, renumbered 0, 1, 2 … by their first member."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
