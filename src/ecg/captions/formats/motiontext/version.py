"""Which MotionText a document is written in.

Both versions spell most things alike, and authors mix them, so every reader here accepts both spellings and
lets that of 2.0 win. The version decides only what the same words mean: from where positions are measured,
and what becomes of texts that nobody timed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ecg.captions.formats.node import Node
from ecg.captions.formats.reading import Warnings

Version = Literal["1.3", "2.0"]

_MODERN_KEYS = ("displayTime", "domLifetime", "time_offset", "timeOffset")


def detect_version(top: Node, warnings: Warnings) -> Version:
    """The version that the document names, or else the one that its spelling speaks for.

    Raises `ScenarioError` at ``/version`` for a major version that is neither 1 nor 2.
    """
    named = top.get("version")
    if named is None:
        guess: Version = "2.0" if _looks_modern(top) else "1.3"
        warnings.add(f"no version is given; it is read as MotionText {guess}")
        return guess
    text = str(named.value) if isinstance(named.value, int | float) else named.text().strip()
    for version in ("1.3", "2.0"):
        if text.partition(".")[0] == version[0]:
            if text != version and text != version[0]:
                warnings.add(f"version {text[:20]!r} is read as MotionText {version}", named.where)
            return version
    raise named.error(f"MotionText {text[:20]!r} is not known", hint="versions 1.3 and 2.0 can be read")


def _looks_modern(top: Node) -> bool:
    if "define" in top:
        return True
    nodes = list(_nodes(top))
    if any(_is_pair(node.get(key)) for node in nodes for key in _MODERN_KEYS):
        return True
    return bool(nodes) and sum("id" in node for node in nodes) * 2 >= len(nodes)


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2


def _nodes(top: Node) -> Iterator[dict[str, object]]:
    """Cues, nodes and plugins, wherever they stand."""
    stack = [cue.value for cue in top["cues"].items()] if top.has_list("cues") else []
    while stack:
        value = stack.pop()
        if not isinstance(value, dict):
            continue
        yield value
        for key in ("root", "children", "pluginChain"):
            inner = value.get(key)
            stack.extend(inner if isinstance(inner, list) else [inner])
