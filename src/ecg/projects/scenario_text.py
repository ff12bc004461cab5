"""A scenario on its way into a project: checked as the renderer will read it, and kept as it was sent.

Clients find again what they saved, whatever kind of captions it was; the limits (5 MB, 1,000 cues) are those
of the render server, so a project that was saved can be exported.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ecg.errors import ScenarioError
from ecg.render.scenario_input import read_request_scenario


async def checked_text(scenario: dict[str, Any]) -> str:
    """The scenario as JSON. Raises ScenarioError, whose pointer begins with ``/scenario``."""
    return await asyncio.to_thread(_checked_text, scenario)


def _checked_text(scenario: dict[str, Any]) -> str:
    try:
        read_request_scenario(scenario)
        text = json.dumps(scenario, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (UnicodeEncodeError, ValueError, RecursionError):
        raise ScenarioError(
            "the scenario holds a number or a text that JSON cannot carry", where="/scenario"
        ) from None
    return text
