"""Whether a callback comes from the speech server.

Ours signs what it sends (`ecg.jobs.callbacks.signature`), so the signature decides. A server that signs
nothing works where the operator says so (ML_CALLBACKS=token): each job's callbacks then go to an address of
their own, which nobody else knows.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from standardwebhooks import Webhook, WebhookVerificationError

from ecg.errors import Unauthorized
from ecg.jobs.callbacks.signature import webhook_secret
from ecg.settings import Settings

RESULT = "/api/upload-video/result"
TOKENS = "/api/upload-video/callbacks"
"""Below it, the token, and then what the speech server appends to every base: RESULT."""
DEFAULT_BASE = "http://127.0.0.1:8000"


def callback_base(settings: Settings, job_id: str) -> str:
    """What the speech server is told as `fastapi_base_url`."""
    base = (settings.fastapi_base_url or settings.public_url or DEFAULT_BASE).rstrip("/")
    return base if settings.ml_callbacks == "signed" else f"{base}{TOKENS}/{callback_token(settings, job_id)}"


def callback_token(settings: Settings, job_id: str) -> str:
    """What proves that a callback is about this job; 43 characters."""
    key = hmac.digest(settings.secret("callback").encode(), b"ecg analysis callbacks, version 1", "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, job_id.encode(), hashlib.sha256)).decode().rstrip("=")


def check_token(settings: Settings, token: str, job_id: str) -> None:
    """Raises Unauthorized; also where the speech server is expected to sign."""
    right = hmac.compare_digest(token.encode("utf-8", "replace"), callback_token(settings, job_id).encode())
    if settings.ml_callbacks != "token" or not right:
        raise Unauthorized("this callback is not for a job of ours")


def check_signature(settings: Settings, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises Unauthorized."""
    signed = Webhook(webhook_secret(settings.secret("callback")))
    try:
        signed.verify(body, {name.lower(): value for name, value in headers.items()})
    except (WebhookVerificationError, ValueError):
        raise Unauthorized(
            "the callback carries no signature of ours",
            hint="sign it with CALLBACK_SECRET, or set ML_CALLBACKS=token for a server that cannot",
        ) from None
