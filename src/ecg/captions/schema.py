"""The published JSON Schema of the scenario, for editors and for programs in other languages.

`docs/scenario.schema.json` is made from here: ``python -m ecg.captions.schema > docs/scenario.schema.json``.
The schema says all that a type can say; that a cue ends after it starts and that ids are unique is said by
the reader.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ecg.captions.scenario import SCENARIO_VERSION, Scenario


def scenario_schema() -> dict[str, Any]:
    """The schema, in JSON Schema draft 2020-12."""
    schema = Scenario.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ecg:scenario:{SCENARIO_VERSION}",
        **schema,
    }


def scenario_schema_text() -> str:
    """The schema as it stands in docs/scenario.schema.json."""
    return json.dumps(scenario_schema(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(scenario_schema_text())
