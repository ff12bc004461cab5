"""Whether the camera looks where it used to: views told apart by their edges.

A view is a stretch of time in which the edges stay where they are. The home view is the one that lasted
longest; all others are findings. Somebody who walks through changes a few edges, a lorry before the lens
many: only what stays different for some seconds is another view.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ecg.live.analysis.vision.measures import VIEW_SECONDS, Floats, Measures, likeness
from ecg.live.analysis.vision.stretches import Stretch

SAME = 0.45
"""Correlation of edges below which another view is seen; the same view with people in it stays above 0.7."""
SETTLES = 3.0
"""Seconds that a view must be seen before it counts."""
LEARNS = 0.1
"""How much a new picture counts in what is known of a view; days grow dark slowly."""


@dataclass(slots=True)
class _View:
    edges: Floats
    spans: list[list[float]]

    @property
    def seconds(self) -> float:
        return sum(end - begin for begin, end in self.spans)


def moved_stretches(measures: Measures, blind: NDArray[np.bool_]) -> list[Stretch]:
    """When the camera looked elsewhere than at its home view. `blind`: pictures that show no view."""
    seen = _visible(measures, blind)
    views = _views(seen)
    if len(views) < 2:
        return []
    if measures.at[-1] - seen[-1][0] <= 2 * VIEW_SECONDS:  # views are kept now and then: the last one goes on
        max(views, key=lambda view: view.spans[-1][1]).spans[-1][1] = measures.at[-1]
    home = max(views, key=lambda view: view.seconds)
    elsewhere = [
        (begin, end)
        for view in views
        if view is not home
        for begin, end in view.spans
        if end - begin >= SETTLES
    ]
    return _joined(sorted(elsewhere))


def _visible(measures: Measures, blind: NDArray[np.bool_]) -> list[tuple[float, Floats]]:
    dark = {at for at, flag in zip(measures.at, blind, strict=True) if flag}
    return [(at, view) for at, view in measures.views if at not in dark]


def _views(seen: list[tuple[float, Floats]]) -> list[_View]:
    """Follow the view through time; what does not fit waits until it has been seen long enough."""
    views: list[_View] = []
    current: _View | None = None
    waiting: list[tuple[float, Floats]] = []
    for at, edges in seen:
        if current is not None and likeness(current.edges, edges) >= SAME:
            current.edges += LEARNS * (edges - current.edges)
            current.spans[-1][1] = at
            waiting.clear()
            continue
        if waiting and likeness(waiting[-1][1], edges) < SAME:
            waiting.clear()
        waiting.append((at, edges))
        if current is None or at - waiting[0][0] >= SETTLES:
            if current is not None:
                current.spans[-1][1] = waiting[0][0]
            current = _known(views, waiting)
            current.spans.append([waiting[0][0], at])
            waiting.clear()
    return views


def _known(views: list[_View], waiting: list[tuple[float, Floats]]) -> _View:
    """The view that these pictures show: one that was seen before, or a new one."""
    edges: Floats = np.median(np.stack([one for _, one in waiting]), axis=0)
    for view in views:
        if likeness(view.edges, edges) >= SAME:
            return view
    view = _View(edges.copy(), [])
    views.append(view)
    return view


def _joined(spans: list[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for begin, end in spans:
        if joined and begin - joined[-1][1] <= 2 * SETTLES:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((begin, end))
    return joined
