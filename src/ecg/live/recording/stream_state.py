"""What a recorder knows of its camera's stream; the host writes it into the camera's row."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ecg.live.cameras.schemas import State


@dataclass(slots=True)
class StreamState:
    """Fields are columns of `cameras`."""

    state: State
    state_since: int
    error_code: str | None = None
    error_message: str | None = None
    reconnects: int = 0
    stalls: int = 0
    last_segment_at: int | None = None
    segment_seconds: float | None = None
    found: str | None = None
    transcoding: str | None = None
    next_sequence: int = 0

    def values(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def turn(self, state: State, at: int, *, code: str | None = None, message: str | None = None) -> bool:
        """Whether that is another state than before."""
        self.error_code, self.error_message = code, message
        if state == self.state:
            return False
        self.state, self.state_since = state, at
        return True
