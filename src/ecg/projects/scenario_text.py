"""A scenario on its way into a project: checked as the renderer will read it, and kept as it was sent.

Clients find again what they saved, whatever kind of captions it was; the limits (5 MB, 1,000 cues) are those
of the render server, so a project that was saved can be exported.
"""

from __future__ import annotations

import json
from typing import Any

from anyio import CapacityLimiter, to_thread

from ecg.errors import ScenarioError
from ecg.render.scenario_input import read_request_scenario


class ScenarioTexts:
    """Checks in a thread, one scenario at a time: Python computes in one thread at a time anyway, and several
    that compute would keep the event loop from its turns."""

    def __init__(self) -> None:
        self._turn = CapacityLimiter(1)

    async def checked(self, scenario: dict[str, Any]) -> str:
        """The scenario as JSON. Raises ScenarioError, whose pointer begins with ``/scenario``."""
        return await to_thread.run_sync(_checked_text, scenario, limiter=self._turn)


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
