"""From what the speech server heard to a scenario that people edit."""

from __future__ import annotations

import json
from typing import Any

from ecg.captions import formats
from ecg.captions.reading import caption_cues
from ecg.errors import ScenarioError
from ecg.library.news import SpeechServerError


def scenario_of(result: dict[str, Any]) -> dict[str, Any]:
    """The scenario of an analysis result. Raises SpeechServerError for a result that cannot be read."""
    try:
        read = formats.read(json.dumps(result).encode(), name="analysis.json")
        written = formats.write(caption_cues(read.scenario), "json")
    except (ScenarioError, UnicodeEncodeError) as error:
        raise SpeechServerError(f"what the speech server heard cannot be read: {error}") from None
    scenario: dict[str, Any] = json.loads(written)
    return scenario
