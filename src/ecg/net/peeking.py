"""Parts of strangers' files: a look before a job is accepted, and byte ranges where a part is enough."""

from __future__ import annotations

import ssl
from contextlib import aclosing
from dataclasses import dataclass

from ecg.errors import ConnectionFailed, FetchRefused
from ecg.net.client import GuardedClient, Response
from ecg.net.limits import within
from ecg.net.policy import NetworkPolicy
from ecg.net.ranges import content_range
from ecg.net.resolving import Resolver, permitted_addresses, system_resolver
from ecg.net.targets import parse_target


@dataclass(frozen=True)
class Preflight:
    """What a URL holds, as far as its server tells. `size` in bytes; `head` are the first of them."""

    size: int | None
    content_type: str | None
    head: bytes
    accepts_ranges: bool
    etag: str | None


async def check_url(
    url: str, policy: NetworkPolicy, resolver: Resolver = system_resolver, *, timeout_seconds: float = 5.0
) -> None:
    """Whether `url` may be fetched now; a later fetch checks again, because names change their addresses.

    Raises ForbiddenUrl, ConnectionFailed when its host cannot be found, TimedOut when that takes too long.
    """
    target = parse_target(url)
    lookup = permitted_addresses(target.host, target.port, policy, resolver)
    await within(timeout_seconds, lookup, f"looking up {target.host}")


async def preflight(
    url: str,
    *,
    policy: NetworkPolicy,
    resolver: Resolver = system_resolver,
    timeout_seconds: float = 5.0,
    first_bytes: int = 65536,
    tls: ssl.SSLContext | None = None,
) -> Preflight:
    """Fetch the first bytes of `url`, to refuse early what cannot work; `timeout_seconds` for everything.

    Raises ForbiddenUrl, FetchRefused (404, 403, …), ConnectionFailed, TimedOut.
    """
    shown = parse_target(url).shown

    async def look() -> Preflight:
        async with GuardedClient(policy, resolver=resolver, tls=tls, connections=1) as client:
            headers = {"Range": f"bytes=0-{first_bytes - 1}", "Connection": "close"}
            async with client.get(url, headers, stall_seconds=timeout_seconds) as response:
                return await _seen(response, first_bytes)

    return await within(timeout_seconds, look(), f"looking at {shown}")


async def read_range(
    url: str,
    start: int,
    length: int,
    *,
    policy: NetworkPolicy,
    resolver: Resolver = system_resolver,
    timeout_seconds: float = 30.0,
    etag: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> bytes:
    """Bytes `start` to `start + length` of a file, fewer at its end; they must fit into memory.

    `etag` (of a preflight) makes sure that the part is of that version. For many ranges of one file, see
    `GuardedClient.get`, which keeps its connection. Raises what `preflight` raises, FetchRefused also when
    the server knows no ranges or `start` lies beyond the end.
    """
    shown = parse_target(url).shown

    async def read() -> bytes:
        async with GuardedClient(policy, resolver=resolver, tls=tls, connections=1) as client:
            headers = {"Range": f"bytes={start}-{start + length - 1}", "Connection": "close"}
            async with client.get(url, headers, stall_seconds=timeout_seconds) as response:
                _check_part(response, start, length, etag)
                return await _beginning(response, length)

    return await within(timeout_seconds, read(), f"reading a part of {shown}")


async def _seen(response: Response, first_bytes: int) -> Preflight:
    part = content_range(response.headers)
    kind, etag = response.headers.get("content-type"), response.headers.get("etag")
    if response.status_code == 416 and part is not None and part.total == 0:
        return Preflight(0, kind, b"", accepts_ranges=True, etag=etag)
    response.check_success()
    partial = response.status_code == 206
    if partial and (part is None or part.start != 0):
        raise FetchRefused(f"{response.target.shown} answered with another part than was asked for")
    size = part.total if partial and part is not None else response.length
    return Preflight(size, kind, await _beginning(response, first_bytes), accepts_ranges=partial, etag=etag)


def _check_part(response: Response, start: int, length: int, etag: str | None) -> None:
    shown = response.target.shown
    if response.status_code == 416:
        raise FetchRefused(f"{shown} has no byte {start}")
    response.check_success()
    part = content_range(response.headers)
    if response.status_code != 206 or part is None:
        raise FetchRefused(f"{shown} cannot be read in parts: its server ignores ranges")
    if part.start != start or part.end is None or part.end >= start + length:
        raise FetchRefused(f"{shown} answered with another part than was asked for")
    if etag is not None and response.headers.get("etag") != etag:
        raise ConnectionFailed(f"{shown} changed while it was read")


async def _beginning(response: Response, most: int) -> bytes:
    """The first `most` bytes of the body; the rest stays where it is."""
    read = bytearray()
    async with aclosing(response.body()) as pieces:
        async for piece in pieces:
            read += piece
            if len(read) >= most:
                break
    return bytes(read[:most])
