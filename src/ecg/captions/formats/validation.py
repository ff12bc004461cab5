"""Pydantic's findings as one `ScenarioError` with a JSON pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from ecg.captions.formats.node import Path, pointer
from ecg.errors import ScenarioError


def scenario_error(error: ValidationError, document: object) -> ScenarioError:
    """The first finding, with its pointer into `document`, and how many more there are."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    first = found[0]
    message = first["msg"].removeprefix("Value error, ")
    more = f" ({len(found) - 1} more problems follow)" if len(found) > 1 else ""
    path = _path_in(document, first["loc"], missing=first["type"] == "missing")
    hint = "docs/scenario.schema.json describes every field"
    if first["type"] == "extra_forbidden":
        message = f"{str(path[-1]) if path else ''!r} is not a field of a scenario"
    return ScenarioError(message + more, where=pointer(path), hint=hint)


def _path_in(document: object, location: Sequence[str | int], *, missing: bool) -> Path:
    """`location` without the names of union members and the like, which are not in the document."""
    path: list[str | int] = []
    value = document
    for i, part in enumerate(location):
        if isinstance(value, Mapping) and part in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif not (missing and i == len(location) - 1):
            continue
        path.append(part)
    return tuple(path)
