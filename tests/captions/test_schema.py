"""The published schema is the model's, and accepts what the writer writes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings

from ecg.captions.formats import write
from ecg.captions.scenario import Scenario
from ecg.captions.schema import scenario_schema, scenario_schema_text
from tests.captions.formats.samples import SCENARIO
from tests.captions.formats.scenarios import scenarios

PUBLISHED = Path(__file__).parents[2] / "docs" / "scenario.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())


def test_the_published_file_is_up_to_date() -> None:
    made = scenario_schema_text()
    assert PUBLISHED.read_text(encoding="utf-8") == made, "python -m ecg.captions.schema makes it anew"


def test_the_schema_is_valid_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


@settings(deadline=None)
@given(scenarios(measured=True))
def test_written_scenarios_are_valid(scenario: Scenario) -> None:
    VALIDATOR.validate(json.loads(write(scenario, "json")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "ecg-0.1"),
        (("cues", 0, "start"), -1),
        (("cues", 0, "start"), "0"),
        (("cues", 0, "lines"), []),
        (("cues", 0, "placement", "anchor"), "middle"),
        (("speakers", "anna", "role"), "hero"),
        (("raw_css",), "body{}"),
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(path: tuple[str | int, ...], value: object) -> None:
    document = json.loads(SCENARIO)
    VALIDATOR.validate(document)
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)
