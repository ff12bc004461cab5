"""A scenario as a client sent it, to what is drawn; the server and the job read it alike.

The server reads it to refuse what is broken before anything is stored, the job to draw it.
"""

from __future__ import annotations

import json
from typing import Any

from ecg import templates
from ecg.captions.formats.decoding import MAX_BYTES
from ecg.captions.formats.json_kinds import read_json
from ecg.captions.formats.node import load
from ecg.captions.reading import caption_cues
from ecg.captions.scenario import Scenario
from ecg.errors import InputError, ScenarioError

MAX_CUES = 1000


def read_request_scenario(
    document: dict[str, Any], *, height: int | None = None
) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario to draw, and what had to be read leniently.

    `height` is the picture's height in pixels that lengths in ``px`` are meant for. Recognised speech is cut
    into captions; captions that an author made stay as they are. Raises ScenarioError, whose pointer begins
    with ``/scenario``.
    """
    request = {"scenario": document, **({"options": {"height": height}} if height else {})}
    text = json.dumps(request)
    if len(text) > MAX_BYTES:  # in escapes, which are never shorter
        _check_size(document)
    try:
        read = read_json(load(text))
        scenario = read.scenario
        if read.source_format != "scenario":
            scenario = caption_cues(scenario)
    except ScenarioError as error:
        raise ScenarioError(error.message, where=_within(error.where), hint=error.hint) from None
    _check_limits(scenario)
    return scenario, read.warnings


def end_of(scenario: Scenario) -> float:
    """Seconds until the last caption has gone."""
    return max((cue.end for cue in scenario.cues), default=0.0)


def _check_size(document: dict[str, Any]) -> None:
    size = len(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise ScenarioError(
            f"the scenario has {size / 1e6:.1f} MB; the limit is {MAX_BYTES >> 20} MiB",
            where="/scenario",
            hint="split the video",
        )


def _within(where: str | None) -> str:
    if where is None or not where.startswith("/"):
        return "/scenario"
    return where if where.split("/")[1] == "scenario" else f"/scenario{where}".rstrip("/")


def _check_limits(scenario: Scenario) -> None:
    if len(scenario.cues) > MAX_CUES:
        raise ScenarioError(
            f"the scenario has {len(scenario.cues):,} cues; the limit is {MAX_CUES:,}",
            where="/scenario/cues",
            hint="split the video",
        )
    named = {"/scenario/template": scenario.template}
    named |= {
        f"/scenario/cues/{i}/template": cue.template for i, cue in enumerate(scenario.cues) if cue.template
    }
    known: set[str] = set()
    for where, name in named.items():
        if name in known:
            continue
        try:
            templates.load(name)
        except InputError as error:
            raise ScenarioError(error.message, where=where, hint=error.hint) from None
        known.add(name)
