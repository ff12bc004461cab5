"""Our own scenario as JSON."""

from __future__ import annotations

from pydantic import ValidationError

from ecg.captions.formats.node import Node, dump
from ecg.captions.formats.reading import ReadResult
from ecg.captions.formats.validation import scenario_error
from ecg.captions.scenario import SCENARIO_VERSION, Scenario


def is_scenario(node: Node) -> bool:
    """Whether a JSON document claims to be our own: by its version, or by cues that have lines."""
    version = node.get("version")
    if version is not None and isinstance(version.value, str) and version.value.startswith("ecg-"):
        return True
    if version is not None or not node.has_list("cues"):
        return False
    return any(isinstance(cue.value, dict) and "lines" in cue for cue in node["cues"].items())


def read_scenario(node: Node) -> ReadResult:
    """Read our own scenario, unchanged. Raises `ScenarioError` with a JSON pointer.

    The document must have the very types that the schema names: ``"1.5"`` is not a time.
    """
    version = node.get("version")
    if version is not None and version.value != SCENARIO_VERSION:
        raise version.error(
            f"version {version.value!r} is not known", hint=f"this program reads {SCENARIO_VERSION!r}"
        )
    try:
        scenario = Scenario.model_validate(node.value, strict=True)
    except ValidationError as exc:
        raise scenario_error(exc, node.value) from None
    _check_words(scenario)
    return ReadResult(scenario, (), "scenario")


def _check_words(scenario: Scenario) -> None:
    for c, cue in enumerate(scenario.cues):
        for n, line in enumerate(cue.lines):
            for w, word in enumerate(line.words):
                if word.start is not None and word.end is not None and word.end < word.start:
                    raise Node(word.end, ("cues", c, "lines", n, "words", w, "end")).error(
                        f"the word ends ({word.end:g} s) before it starts ({word.start:g} s)"
                    )


def write_scenario(scenario: Scenario) -> bytes:
    """The scenario as JSON, one cue a line, fields that have their default left out; reads back equal."""
    return dump({"version": scenario.version, **scenario.model_dump(mode="json", exclude_defaults=True)})
