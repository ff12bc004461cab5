"""What a channel is given."""

from __future__ import annotations

from dataclasses import dataclass

from ecg.messages.rendering import Rendered


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is ready to go. `created_at` is in milliseconds since 1970."""

    message_id: str
    channel: str
    to: str
    template: str
    locale: str
    values: dict[str, str]
    rendered: Rendered
    created_at: int
