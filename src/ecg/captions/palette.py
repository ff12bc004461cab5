"""Who speaks, as colour: one hue a speaker, the same for the whole video.

Hues stand on the painter's wheel (yellow, orange, red, purple, blue, green, sixty degrees apart), because
there the design system's rule comes true: its six main hues and the six between make twelve, and yellow, blue
and red are a triad. Main speakers sit as far apart as possible, supporting ones between them and never beside
a main one, minor ones near white. An editor's colour always stands, and the others keep away from it.

Every colour here has a contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3) even where the caption's 90 % black box
lies over a white picture.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Literal

from ecg.captions.intention import speaker_of
from ecg.captions.scenario import Cue, Scenario, Word

Role = Literal["main", "supporting", "minor"]

HUES: dict[int, str] = {
    0: "#ffe14d",  # yellow
    30: "#ffc414",  # amber
    60: "#ff9c2a",  # orange
    90: "#ff7542",  # vermilion
    120: "#ff5468",  # red
    150: "#ff6fc0",  # magenta
    180: "#c58bff",  # purple
    210: "#9a9bff",  # violet
    240: "#5ca8ff",  # blue
    270: "#3fd6d6",  # teal
    300: "#4fdc7a",  # green
    330: "#b8e34a",  # lime
}
"""Degrees on the painter's wheel → colour."""
MAIN_ORDER = (0, 240, 120, 60, 300, 180)
"""Yellow, blue, red, orange, green, purple: the order in which main hues are preferred."""
BESIDE = 30
_TINTS = (0.72, 0.86)
"""Share of white in the pastels of minor speakers; the second serves from the thirteenth on."""

MOST_MAIN, MOST_SUPPORTING = 3, 6
MAIN_SHARE, SUPPORTING_SHARE = 0.15, 0.05
"""Main is who speaks at least 15 % of the words' time, or half as long as the one who speaks most."""


def spoken_seconds(scenario: Scenario) -> dict[str, float]:
    """Seconds that each speaker's words sound; the speakers who are listed but silent have 0."""
    seconds = dict.fromkeys(scenario.speakers, 0.0)
    for cue in scenario.cues:
        words = cue.words
        for word in words:
            speaker = speaker_of(cue, word)
            if speaker is not None and cue.kind == "speech":
                seconds[speaker] = seconds.get(speaker, 0.0) + _seconds(cue, word, len(words))
    return seconds


def _seconds(cue: Cue, word: Word, count: int) -> float:
    if word.start is None or word.end is None:
        return (cue.end - cue.start) / count
    return max(0.0, word.end - word.start)


def roles(scenario: Scenario) -> dict[str, Role]:
    """Each speaker's role, most spoken first: the editor's choice, else by share of the spoken time."""
    seconds = spoken_seconds(scenario)
    total = sum(seconds.values())
    chosen = {id_: s.role for id_, s in scenario.speakers.items() if s.role is not None}
    left = {"main": MOST_MAIN, "supporting": MOST_SUPPORTING}
    for role in chosen.values():
        if role in left:
            left[role] -= 1
    longest = max(seconds.values(), default=0.0)
    given: dict[str, Role] = {}
    for speaker in sorted(seconds, key=lambda s: (-seconds[s], s)):
        share = seconds[speaker] / total if total else 0.0
        leads = share >= MAIN_SHARE or (seconds[speaker] > 0 and seconds[speaker] >= longest / 2)
        role = chosen.get(speaker) or _role_of(leads, share, left)
        if speaker not in chosen and role in left:
            left[role] -= 1
        given[speaker] = role
    return given


def _role_of(leads: bool, share: float, left: dict[str, int]) -> Role:
    if leads and left["main"] > 0:
        return "main"
    return "supporting" if share >= SUPPORTING_SHARE and left["supporting"] > 0 else "minor"


def speaker_colours(scenario: Scenario) -> dict[str, str]:
    """A colour (`#rrggbb`, or as the editor wrote it) for every speaker, most spoken first."""
    by_role: dict[Role, list[str]] = {"main": [], "supporting": [], "minor": []}
    own = {id_: s.colour for id_, s in scenario.speakers.items() if s.colour is not None}
    everyone = roles(scenario)
    for speaker, role in everyone.items():
        if speaker not in own:
            by_role[role].append(speaker)
    taken = [hue for colour in own.values() if (hue := wheel_hue(colour)) is not None]
    main = _main_hues(len(by_role["main"]), taken)
    between = _hues_between(len(by_role["supporting"]), [*taken, *main])
    given = dict(zip(by_role["main"], (HUES[h] for h in main), strict=False))
    given |= dict(zip(by_role["supporting"], (HUES[h] for h in between), strict=False))
    rest = [s for s in everyone if s not in given and s not in own]
    given |= dict(zip(rest, _pastels(len(rest), [*taken, *main, *between]), strict=True))
    return {speaker: own.get(speaker) or given[speaker] for speaker in everyone}


def _main_hues(count: int, taken: Sequence[float]) -> list[int]:
    """The `count` main hues whose closest pair, hues already taken included, is as far apart as possible."""
    count = min(count, len(MAIN_ORDER))
    if count == 0:
        return []
    return list(max(combinations(MAIN_ORDER, count), key=lambda hues: _closest([*hues, *taken])))


def _closest(hues: Sequence[float]) -> float:
    return min((_apart(a, b) for a, b in combinations(hues, 2)), default=360.0)


def _apart(a: float, b: float) -> float:
    turn = abs(a - b) % 360
    return min(turn, 360 - turn)


def _hues_between(count: int, taken: Sequence[float]) -> list[int]:
    """Up to `count` hues that are not beside a main one, each as far as possible from all before it."""
    chosen: list[int] = []
    for _ in range(count):
        free = [h for h in HUES if h not in chosen and all(_apart(h, t) > BESIDE for t in taken)]
        if not free:
            break
        chosen.append(max(free, key=lambda h: min((_apart(h, t) for t in (*taken, *chosen)), default=360.0)))
    return chosen


def _pastels(count: int, taken: Sequence[float]) -> list[str]:
    """Tints near white, the hues farthest from the taken ones first; they repeat after two dozen."""
    order: list[int] = []
    while len(order) < len(HUES):
        left = (h for h in HUES if h not in order)
        near = [*order] if order else [*taken]
        order.append(max(left, key=lambda h: min((_apart(h, t) for t in near), default=360.0)))
    tints = [_tint(HUES[hue], white) for white in _TINTS for hue in order]
    return [tints[i % len(tints)] for i in range(count)]


def _tint(colour: str, white: float) -> str:
    return "#" + "".join(f"{round(c + (255 - c) * white):02x}" for c in _rgb(colour))


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def wheel_hue(colour: str) -> float | None:
    """Where a colour sits on the painter's wheel, in degrees; None for white, black and greys."""
    hue, _, saturation = colorsys.rgb_to_hls(*(c / 255 for c in _rgb(colour)))
    if saturation < 0.1:
        return None
    # The screen's hue runs the other way round (red 0, yellow 60 …): walk the wheel between the anchors.
    anchors = sorted(
        ((colorsys.rgb_to_hls(*(c / 255 for c in _rgb(v)))[0] * 360, k) for k, v in HUES.items())
    )
    degrees = hue * 360
    ring = [(anchors[-1][0] - 360, anchors[-1][1]), *anchors, (anchors[0][0] + 360, anchors[0][1])]
    for (left, from_), (right, to) in pairwise(ring):
        if left <= degrees <= right:
            share = (degrees - left) / (right - left)
            return (from_ + share * ((to - from_ + 180) % 360 - 180)) % 360
    raise AssertionError("the ring of anchors covers every hue")


def contrast(colour: str, ground: str = "#000000") -> float:
    """WCAG 2.2 contrast ratio of two opaque colours, 1 to 21."""
    lighter, darker = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (
        c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in _rgb(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
