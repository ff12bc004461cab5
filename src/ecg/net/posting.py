"""Messages to strangers: one POST, no redirect, and no more of the answer than a log needs."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ecg.net.client import GuardedClient, Response
from ecg.net.limits import within
from ecg.net.policy import NetworkPolicy
from ecg.net.resolving import Resolver, system_resolver
from ecg.net.targets import parse_target

SNIPPET_BYTES = 4096


@dataclass(frozen=True)
class Answer:
    """How the receiver answered; any status code at all. `snippet` is the beginning of the body, as text."""

    status_code: int
    milliseconds: int
    snippet: str
    retry_after_seconds: float | None
    """What the receiver asked for, in seconds from now; never negative."""


async def post_json(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    policy: NetworkPolicy,
    resolver: Resolver = system_resolver,
    timeout_seconds: float = 10.0,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """POST `body`, exactly these bytes, over a connection of its own; see `post_json_with`."""
    async with GuardedClient(policy, resolver=resolver, tls=tls, connections=1) as client:
        return await post_json_with(
            client, url, body, {"Connection": "close", **headers}, timeout_seconds=timeout_seconds
        )


async def post_json_with(
    client: GuardedClient,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout_seconds: float = 10.0,
) -> Answer:
    """POST `body`, exactly these bytes, as application/json; `timeout_seconds` for everything.

    Raises ForbiddenUrl, ConnectionFailed, TimedOut, FetchRefused (its certificate). A redirect is an answer
    like any other: a message is never sent to an address that its owner did not name.
    """
    target = parse_target(url)
    began = time.monotonic()

    async def post() -> Answer:
        sent = {"Content-Type": "application/json", **headers}
        async with client.request(
            "POST", target, sent, content=body, stall_seconds=timeout_seconds
        ) as response:
            snippet = await _snippet(response)
            passed = time.monotonic() - began
            return Answer(response.status_code, round(passed * 1000), snippet, _retry_after(response))

    return await within(timeout_seconds, post(), f"posting to {target.shown}")


async def _snippet(response: Response) -> str:
    read = bytearray()
    async with aclosing(response.body()) as pieces:
        async for piece in pieces:
            read += piece
            if len(read) > SNIPPET_BYTES:
                break
    # PostgreSQL keeps no zero characters.
    return read[:SNIPPET_BYTES].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _retry_after(response: Response) -> float | None:
    asked = response.headers.get("retry-after", "").strip()
    if asked.isdecimal() and len(asked) < 10:
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
