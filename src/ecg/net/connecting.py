"""TCP connections to addresses that were checked, and to no others.

The connection pool asks for a host and a port; this backend looks the name up, checks every address and
connects to one of those very addresses. There is no second look-up that could answer otherwise, and TLS still
verifies the host name. Environment proxies, `.netrc` and cookies do not exist at this level.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest
from typing import Any

import anyio
import httpcore2
import httpx2

from ecg.net.addresses import Address
from ecg.net.policy import NetworkPolicy
from ecg.net.resolving import Resolver, permitted_addresses

MAX_ADDRESSES = 4
"""A host's addresses that are tried; a name may have hundreds."""

KEPT_SECONDS = 2.0
"""How long an idle connection is kept: less than the 5 s after which many servers close theirs."""


@lru_cache(maxsize=1)
def default_tls() -> ssl.SSLContext:
    """Verifies with the system's authorities; made once a process, because loading them takes long."""
    return httpx2.create_ssl_context()


def guarded_pool(
    policy: NetworkPolicy, resolver: Resolver, *, tls: ssl.SSLContext | None = None, connections: int = 10
) -> httpcore2.AsyncConnectionPool:
    """A pool of HTTP/1.1 connections that all obey `policy`."""
    return httpcore2.AsyncConnectionPool(
        ssl_context=tls or default_tls(),
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEPT_SECONDS,
        network_backend=_GuardedBackend(policy, resolver),
    )


class ExactStream(httpcore2.AsyncNetworkStream):
    """A stream that can be told how much is still due, so that a body longer than declared is noticed."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self.due: int | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self.due:
            max_bytes = min(max_bytes, self.due)
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return ExactStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            # A handshake that is cancelled would leave its socket open: nobody else knows it yet.
            with anyio.CancelScope(shield=True):
                await self._inner.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    def __init__(self, policy: NetworkPolicy, resolver: Resolver) -> None:
        self._policy = policy
        self._resolver = resolver
        self._tcp = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        found = await permitted_addresses(host, port, self._policy, self._resolver)
        tried = _alternating(found)[:MAX_ADDRESSES]
        share = timeout / len(tried) if timeout is not None else None
        failure: Exception | None = None
        for address in tried:
            try:
                stream = await self._tcp.connect_tcp(str(address), port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return ExactStream(stream)
        raise failure or httpcore2.ConnectError(f"{host} has no address")

    async def sleep(self, seconds: float) -> None:
        await self._tcp.sleep(seconds)


def _alternating(addresses: list[Address]) -> list[Address]:
    """IPv6 and IPv4 in turn, the preferred one first: a machine with only one of them gets through."""
    first = [address for address in addresses if address.version == addresses[0].version]
    second = [address for address in addresses if address.version != addresses[0].version]
    pairs = zip_longest(first, second)
    return [address for pair in pairs for address in pair if address is not None]
