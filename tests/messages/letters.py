"""Letters as channels get them."""

from __future__ import annotations

from typing import Any

from ecg.messages.channels import Letter
from ecg.messages.rendering import render, usable_values

VALUES = {"name": "Kim", "link": "https://ecg.example/verify#token=a1b2", "hours": "24"}


def letter(
    to: str, *, template: str = "verify-email", locale: str = "en", channel: str = "email", **values: Any
) -> Letter:
    usable = usable_values(template, locale, {**VALUES, **values})
    return Letter(
        message_id="msg-1",
        channel=channel,
        to=to,
        template=template,
        locale=locale,
        values=usable,
        rendered=render(template, locale, usable),
        created_at=1_800_000_000_000,
    )
