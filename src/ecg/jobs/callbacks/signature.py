"""How callbacks are signed, so that receivers know who sent them, when, and that nobody altered them.

Standard Webhooks, symmetric: HMAC-SHA256 over id, time and body. Receivers verify with any of its libraries
and the secret as `webhook_secret` writes it; they refuse what is older than a few minutes.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from standardwebhooks import Webhook

from ecg.errors import SettingsError

SHORTEST_SECRET = 24
"""Bytes; Standard Webhooks asks for 24 to 64."""


class Signature:
    """Signs with the secret of the settings; raises SettingsError like `webhook_secret`."""

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(webhook_secret(secret))

    def headers(self, delivery_id: str, body: bytes) -> dict[str, str]:
        """The headers of one try, signed now: a later try must not look like an old message."""
        now = datetime.now(UTC)
        return {
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(delivery_id, now, body.decode()),
        }


def webhook_secret(text: str) -> str:
    """The secret as receivers give it to their library: `whsec_` and base64.

    `text` is the setting: such a secret already, or any text, whose UTF-8 bytes are then the key. Raises
    SettingsError when it is damaged or shorter than 24 bytes.
    """
    try:
        key = base64.b64decode(text[6:], validate=True) if text.startswith("whsec_") else text.encode()
    except binascii.Error:
        raise SettingsError(
            "the secret for callbacks begins with whsec_, but no base64 follows", where="CALLBACK_SECRET"
        ) from None
    if len(key) < SHORTEST_SECRET:
        raise SettingsError(
            f"the secret for callbacks has {len(key)} bytes; it takes {SHORTEST_SECRET} at least",
            where="CALLBACK_SECRET",
            hint='echo "whsec_$(openssl rand -base64 32)" makes one; unset, one is made and kept',
        )
    return f"whsec_{base64.b64encode(key).decode()}"
