"""Messages to programs: a signed webhook (Standard Webhooks), or an incoming webhook as Slack has them.

Both are URLs that a user gave, so they are reached through the guarded door alone. A Slack URL is itself a
secret: it is kept sealed, and no error or log repeats more of it than its host.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ecg.errors import ConnectionFailed, EcgError, ForbiddenUrl, TimedOut
from ecg.jobs.callbacks.signature import Signature
from ecg.jobs.view import moment
from ecg.messages.channels.email import MessageRefused
from ecg.messages.channels.letter import Letter
from ecg.net import policy_of, post_json
from ecg.net.targets import parse_target
from ecg.settings import Settings

_LATER = {408, 425, 429}


def check_url(url: str) -> str:
    """The URL; raises ForbiddenUrl for what is none. Its address is checked when it is connected to."""
    parse_target(url)
    return url


def shown_url(url: str) -> str:
    """What the log may tell of the URL: scheme and host."""
    target = parse_target(url)
    return f"{target.scheme}://{target.host_header}"


async def send_webhook(letter: Letter, settings: Settings) -> None:
    """POST `{type, timestamp, data}`, signed like callbacks; repeats have the same `webhook-id`."""
    body = {
        "type": letter.template,
        "timestamp": moment(letter.created_at),
        "data": {
            "subject": letter.rendered.subject,
            "text": letter.rendered.text,
            "locale": letter.locale,
            "values": letter.values,
        },
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    signature = Signature(settings.secret("callback"))
    await _post(letter.to, content, signature.headers(letter.message_id, content), settings)


async def send_slack(letter: Letter, settings: Settings) -> None:
    """POST `{text}`; nothing in it is read as a link, a mention or a channel of Slack's."""
    text = f"{letter.rendered.subject}\n\n{letter.rendered.text}".strip()
    for char, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(char, written)
    content = json.dumps({"text": text}, ensure_ascii=False).encode()
    await _post(letter.to, content, {}, settings)


async def _post(url: str, content: bytes, headers: Mapping[str, str], settings: Settings) -> None:
    shown = shown_url(url)
    try:
        answer = await post_json(url, content, headers, policy=policy_of(settings))
    except TimedOut:
        raise TimedOut(f"{shown} did not answer in time") from None
    except ForbiddenUrl as error:
        raise ForbiddenUrl(f"{shown} may not be reached", hint=error.hint) from None
    except EcgError as error:
        raise (ConnectionFailed if error.retryable else MessageRefused)(
            f"{shown} cannot be reached"
        ) from None
    if 200 <= answer.status_code < 300:
        return
    said = f"{shown} answered {answer.status_code}"
    if answer.status_code in _LATER or answer.status_code >= 500:
        raise ConnectionFailed(said, hint="it is tried again")
    raise MessageRefused(said)
