"""Signatures as the library of receivers checks them."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from ecg.errors import SettingsError
from ecg.jobs.callbacks.signature import Signature, webhook_secret

SECRET = "a secret of the tests, long enough"


def test_an_old_message_is_refused() -> None:
    webhook = Webhook(webhook_secret(SECRET))
    then = datetime.now(UTC) - timedelta(minutes=6)
    stamp = str(int(then.timestamp()))
    old = {"webhook-timestamp": stamp, "webhook-signature": webhook.sign("msg_1", then, "{}")}
    fresh = Signature(SECRET).headers("msg_1", b"{}")
    assert webhook.verify(b"{}", fresh) == {}
    with pytest.raises(WebhookVerificationError, match="too old"):
        webhook.verify(b"{}", {**fresh, **old})
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        webhook.verify(b"{}", {**fresh, "webhook-signature": old["webhook-signature"]})


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_is_what_receivers_know(key: bytes) -> None:
    text = f"whsec_{base64.b64encode(key).decode()}"
    assert webhook_secret(text) == text
    assert Webhook(text).verify(b"{}", Signature(text).headers("msg_1", b"{}")) == {}


def test_a_kept_secret_is_used_as_it_is_written() -> None:
    kept = secrets.token_urlsafe(32)
    assert webhook_secret(kept) == f"whsec_{base64.b64encode(kept.encode()).decode()}"


@pytest.mark.parametrize(
    "text", ["", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_!not base64 but of some length!"]
)
def test_a_bad_secret_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as refused:
        webhook_secret(text)
    assert refused.value.where == "CALLBACK_SECRET"
    assert not text or text not in str(refused.value)
