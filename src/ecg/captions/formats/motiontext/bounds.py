"""Limits of what is read at all: a scenario may come from a stranger and from code that is no JSON parser."""

from __future__ import annotations

import math

from ecg.captions.formats.node import MAX_DEPTH, Path, pointer
from ecg.errors import ScenarioError

MAX_VALUES = 2_000_000
"""Values in a document, after its `define` references are put in: some forty for each word of 10,000 full
cues."""


def refuse_hostile(document: object) -> None:
    """Raise `ScenarioError` where `document` is not plain JSON of reasonable size.

    Refused are values that JSON does not have, NaN and infinities, more than `MAX_DEPTH` levels, and more
    than `MAX_VALUES` values. A value that contains itself is too deep.
    """
    stack: list[tuple[object, Path]] = [(document, ())]
    count = 0
    while stack:
        value, path = stack.pop()
        count += 1
        if count > MAX_VALUES:
            raise too_large()
        if isinstance(value, dict | list):
            if len(path) > MAX_DEPTH:
                raise too_deep(path)
            _refuse_odd_keys(value, path)
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            stack.extend((part, (*path, key)) for key, part in parts)
        else:
            _refuse_odd_leaf(value, path)


def too_large() -> ScenarioError:
    return ScenarioError(f"the scenario holds more than {MAX_VALUES:,} values", where="/", hint="split it")


def too_deep(path: Path) -> ScenarioError:
    return ScenarioError(
        f"objects and lists are nested more than {MAX_DEPTH} deep", where=pointer(path[:4]) + "/…"
    )


def _refuse_odd_keys(value: dict[object, object] | list[object], path: Path) -> None:
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        raise ScenarioError("the keys of an object must be texts", where=pointer(path))


def _refuse_odd_leaf(value: object, path: Path) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ScenarioError(
            "NaN and infinity are not numbers of JSON",
            where=pointer(path),
            hint="leave out what is unknown",
        )
    if value is not None and not isinstance(value, str | bool | int | float):
        raise ScenarioError(f"{type(value).__name__} is not a value of JSON", where=pointer(path))
