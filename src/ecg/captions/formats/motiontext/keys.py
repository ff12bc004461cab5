"""Every key that MotionText gives a meaning, by the object that it stands in.

Some of them say nothing to us (how many milliseconds a player loads ahead, what to do when its window
changes): they are known and need no word. Any other key is reported, so that a misspelt one is found.
"""

from __future__ import annotations

from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings

Keys = frozenset[str]


def _keys(text: str) -> Keys:
    return frozenset(text.split())


TOP = _keys(
    "version timebase behavior stage define definitions tracks cues wordStream bindings metadata $schema"
)
STAGE = _keys("baseAspect safeArea")
TRACK = _keys(
    "id type layer overlapPolicy defaultStyle defaultBoxStyle defaultConstraints safeArea scaleMode name"
)
CUE = _keys("id track root domLifetime displayTime absStart absEnd hintTime speaker zIndex z name")
NODE = _keys(
    "id eType e_type type displayTime display_time absStart absEnd baseTime base_time layout style boxStyle"
    " pluginChain plugin plugins effectScope children text content src alt autoplay muted mute loop name"
)
LAYOUT = _keys(
    "position anchor size transform transformOrigin override mode gapRel padding zIndex overflow"
    " safeAreaClamp childrenLayout"
)
CHILDREN_LAYOUT = _keys("mode direction gap wrap maxWidth maxWidthRel align justify")
CONSTRAINTS = _keys(
    "mode direction maxWidth minWidth maxHeight minHeight gap padding anchor constraintMode breakoutEnabled"
    " safeArea"
)
PLUGIN = _keys(
    "name params timeOffset time_offset baseTime base_time compose type priority"
    " relStart relEnd relStartPct relEndPct"
)


def report_unknown(node: Node, known: Keys, warnings: Warnings) -> None:
    """A warning for each key of the object `node` that is not in `known`. Raises where it is no object."""
    for key, value in node.members():
        if key not in known:
            warnings.add(f"the key {key[:60]!r} is not known and was ignored", value.where)
