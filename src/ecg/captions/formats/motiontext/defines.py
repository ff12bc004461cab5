"""Shared values: a text that is wholly ``define.a.b`` stands for the value at that place of `define`.

References may stand anywhere, also within `define`. Values are resolved once and then shared, not copied,
so a document that multiplies itself costs no memory; its size is counted, and refused beyond `MAX_VALUES`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ecg.captions.formats.motiontext.bounds import MAX_VALUES, too_deep, too_large
from ecg.captions.formats.node import MAX_DEPTH, Node, Path, pointer
from ecg.errors import ScenarioError

_HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
_REFERENCE = re.compile(r"(?:define|definitions)\.([^\s.]+(?:\.[^\s.]+)*)")


def expand_defines(top: Node) -> Node:
    """`top` with every reference replaced.

    Raises `ScenarioError` at the reference that is missing or leads back to itself, and for an expansion
    that is too deep or too large. `definitions` is what version 1.3 calls `define`.
    """
    shared = top.get("define", "definitions")
    return Node(_Expansion(shared.value if shared else {}).expand(top.value, top.path, 0).value, top.path)


@dataclass(frozen=True, slots=True)
class _Expanded:
    value: object
    size: int = 1
    """Values within, itself included."""
    height: int = 0
    """Levels below it."""


@dataclass
class _Expansion:
    define: object
    _done: dict[str, _Expanded] = field(default_factory=dict)
    _open: dict[str, None] = field(default_factory=dict)
    """References that are being resolved, outermost first."""

    def expand(self, value: object, path: Path, depth: int) -> _Expanded:
        if depth > MAX_DEPTH:
            raise too_deep(path)
        if isinstance(value, str):
            found = _REFERENCE.fullmatch(value)
            return self._resolve(found[1], path, depth) if found else _Expanded(_whole(value))
        if isinstance(value, dict):
            members = {_whole(key): self.expand(part, (*path, key), depth + 1) for key, part in value.items()}
            return _gather({key: part.value for key, part in members.items()}, list(members.values()))
        if isinstance(value, list):
            parts = [self.expand(part, (*path, i), depth + 1) for i, part in enumerate(value)]
            return _gather([part.value for part in parts], parts)
        return _Expanded(value)

    def _resolve(self, name: str, path: Path, depth: int) -> _Expanded:
        done = self._done.get(name)
        if done is None:
            if name in self._open:
                circle = " → ".join([*self._open, name])
                raise ScenarioError(f"the reference goes in a circle: {circle[:200]}", where=pointer(path))
            self._open[name] = None
            done = self._done[name] = self.expand(self._look_up(name, path, depth), path, depth + 1)
            del self._open[name]
        if depth + done.height > MAX_DEPTH:
            raise too_deep(path)
        return done

    def _look_up(self, name: str, path: Path, depth: int) -> object:
        value = self.define
        for part in name.split("."):
            if isinstance(value, str) and (found := _REFERENCE.fullmatch(value)):
                value = self._resolve(found[1], path, depth + 1).value
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and part.isdecimal() and int(part[:9]) < len(value):
                value = value[int(part[:9])]
            else:
                raise ScenarioError(
                    f"the reference 'define.{name[:100]}' leads nowhere",
                    where=pointer(path),
                    hint="add the value to `define`, or write it here",
                )
        return value


def _whole(text: str) -> str:
    """`text` with a replacement character for each half of a character that lost its other half."""
    return _HALF_CHARACTER.sub("\ufffd", text)


def _gather(value: object, parts: list[_Expanded]) -> _Expanded:
    size = 1 + sum(part.size for part in parts)
    if size > MAX_VALUES:
        raise too_large()
    return _Expanded(value, size, 1 + max((part.height for part in parts), default=0))
