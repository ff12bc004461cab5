"""Whether a callback comes from the render server: it signs what it sends with CALLBACK_SECRET."""

from __future__ import annotations

from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError

from ecg.errors import Unauthorized
from ecg.jobs.callbacks.signature import webhook_secret
from ecg.settings import Settings

PATH = "/api/render/callback"
DEFAULT_BASE = "http://127.0.0.1:8000"


def callback_url(settings: Settings) -> str:
    """Where the render server is to tell its news."""
    base = settings.fastapi_base_url or settings.public_url or DEFAULT_BASE
    return base.rstrip("/") + PATH


def check_signature(settings: Settings, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises Unauthorized for a callback that is not signed by us, was altered, or is older than minutes."""
    signed = Webhook(webhook_secret(settings.secret("callback")))
    try:
        signed.verify(body, {name.lower(): value for name, value in headers.items()})
    except (WebhookVerificationError, ValueError):
        raise Unauthorized(
            "the callback carries no signature of ours", hint="sign it with CALLBACK_SECRET"
        ) from None
