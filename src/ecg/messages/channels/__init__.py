"""The ways to people. Each is one function that returns when the message has arrived, and raises an EcgError
whose `retryable` says whether another attempt may help.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ecg.messages.channels.email import check_address, send_email
from ecg.messages.channels.letter import Letter
from ecg.messages.channels.outbox import put_into_outbox
from ecg.messages.channels.webhook import check_url, send_slack, send_webhook, shown_url

SENDERS: dict[str, Callable[..., Awaitable[None]]] = {
    "email": send_email,
    "webhook": send_webhook,
    "slack": send_slack,
    "log": put_into_outbox,
}

__all__ = ["SENDERS", "Letter", "check_address", "check_url", "shown_url"]
