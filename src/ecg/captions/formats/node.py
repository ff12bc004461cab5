"""Reading JSON that strangers wrote: a value together with the place where it stands.

`load` turns text into a `Node` and refuses what JSON does not allow or what could hurt (NaN, keys that
stand twice, bottomless nesting); `dump` is the way back. A `Node` hands out its parts as checked Python
values and raises `ScenarioError` with the JSON pointer (RFC 6901) of whatever is wrong.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ecg.errors import ScenarioError

MAX_DEPTH = 100
"""Deepest nesting of objects and arrays; real scenarios stay under 20."""

Path = tuple[str | int, ...]

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def pointer(path: Path) -> str:
    """The RFC 6901 pointer of a path; ``/`` for the whole document, which RFC 6901 writes as nothing."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path) or "/"


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and its path from the top of the document."""

    value: object
    path: Path = ()

    @property
    def where(self) -> str:
        return pointer(self.path)

    def error(self, message: str, hint: str | None = None) -> ScenarioError:
        return ScenarioError(message, where=self.where, hint=hint)

    def __contains__(self, key: str) -> bool:
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def has_list(self, key: str) -> bool:
        return isinstance(self.value, dict) and isinstance(self.value.get(key), list)

    def __getitem__(self, key: str) -> Node:
        """The member `key`; an error where it is missing or null."""
        found = self.get(key)
        if found is None:
            raise Node(None, (*self.path, key)).error(f"{key!r} is missing")
        return found

    def get(self, *keys: str) -> Node | None:
        """The first of `keys` that is there and not null."""
        members = self._members()
        for key in keys:
            if members.get(key) is not None:
                return Node(members[key], (*self.path, key))
        return None

    def _members(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.error(f"an object is expected here, not {_kind(self.value)}")
        return self.value

    def members(self) -> Iterator[tuple[str, Node]]:
        for key, value in self._members().items():
            yield key, Node(value, (*self.path, key))

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            raise self.error(f"a list is expected here, not {_kind(self.value)}")
        return [Node(value, (*self.path, i)) for i, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.error(f"a text is expected here, not {_kind(self.value)}")
        return self.value

    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.error(f"a number is expected here, not {_kind(self.value)}")
        try:
            return float(self.value)
        except OverflowError:
            raise self.error("the number is too large") from None


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def dump(document: dict[str, Any]) -> bytes:
    """JSON with one cue a line: small, and still readable line by line in a comparison of two versions."""
    rest = [(key, _text(value)) for key, value in document.items() if key != "cues"]
    cues = ",\n".join(f"  {_text(cue)}" for cue in document.get("cues", []))
    members = [*rest, ("cues", f"[\n{cues}\n]" if cues else "[]")]
    return ("{\n" + ",\n".join(f"{_text(key)}: {value}" for key, value in members) + "\n}\n").encode()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


class _Repeated(dict[str, object]):
    """An object in which a key stands twice."""

    key: str = ""


def load(text: str) -> Node:
    """Parse JSON strictly.

    Raises `ScenarioError` with a line and column for broken JSON, and with a pointer for NaN and infinite
    numbers, repeated keys, lone surrogates and nesting deeper than `MAX_DEPTH`.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as exc:
        raise ScenarioError(
            f"this is not valid JSON: {exc.msg}", where=f"line {exc.lineno}, column {exc.colno}"
        ) from None
    except RecursionError:
        raise _too_deep("/") from None
    except ValueError:  # an integer of more digits than Python converts
        raise ScenarioError("a number in this JSON is too long", where="/") from None
    _refuse_hostile(value, surrogates="\\ud" in text.lower())
    return Node(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    repeated = _Repeated(members)
    seen: set[str] = set()
    repeated.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return repeated


def _refuse_hostile(top: object, *, surrogates: bool) -> None:
    suspects = (dict, list, float, str) if surrogates else (dict, list, float)
    stack: list[tuple[object, Path]] = [(top, ())]
    while stack:
        value, path = stack.pop()
        if isinstance(value, dict | list):
            if len(path) >= MAX_DEPTH:
                raise _too_deep(pointer(path[:3]) + "/…")
            if isinstance(value, _Repeated):
                raise ScenarioError(f"the key {value.key!r} stands twice in one object", where=pointer(path))
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            # most parts are text and whole numbers: paths are made for those alone that may be refused
            stack.extend((part, (*path, key)) for key, part in parts if isinstance(part, suspects))
            if surrogates and isinstance(value, dict):
                stack.extend((key, path) for key in value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise ScenarioError(
                "NaN and infinity are not numbers of JSON",
                where=pointer(path),
                hint="write null for what is unknown",
            )
        elif surrogates and isinstance(value, str) and _SURROGATE.search(value):
            raise ScenarioError("the text holds half a character (a lone surrogate)", where=pointer(path))


def _too_deep(where: str) -> ScenarioError:
    return ScenarioError(f"objects and lists are nested more than {MAX_DEPTH} deep", where=where)
