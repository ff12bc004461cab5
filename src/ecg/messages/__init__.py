"""Everything that leaves towards people: email, signed and Slack-compatible webhooks, or a local outbox.

    messages = Messages(spine.jobs, settings)
    await messages.send(tenant_id=…, channel="email", to=…, template="verify-email", locale="ko",
                        values={"name": …, "link": …, "hours": 24}, dedupe_key=f"verify:{token_id}")

A message is a row, and a job on the spine that sends it. Templates are in `templates/`. Names are looked up
when first used: every executor reads what kind of job a message is, and few ever send one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecg.messages.channels import check_address, check_url, shown_url
    from ecg.messages.rendering import InvalidMessage, UnknownTemplate
    from ecg.messages.service import Accepted, Messages
    from ecg.messages.upkeep import keep_messages

__all__ = [
    "Accepted",
    "InvalidMessage",
    "Messages",
    "UnknownTemplate",
    "check_address",
    "check_url",
    "keep_messages",
    "shown_url",
]

_HOMES = {
    "Accepted": "service",
    "InvalidMessage": "rendering",
    "Messages": "service",
    "UnknownTemplate": "rendering",
    "check_address": "channels",
    "check_url": "channels",
    "keep_messages": "upkeep",
    "shown_url": "channels",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'ecg.messages' has no attribute {name!r}")
    return getattr(import_module(f"ecg.messages.{_HOMES[name]}"), name)
