"""From a host name to the addresses that may be connected to; looked up once, judged as a whole.

An answer that mixes public and private addresses is an attack (or a mistake that works as one): it is refused
entirely, rather than used in part.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Protocol

import anyio
from anyio.lowlevel import RunVar

from ecg.errors import ConnectionFailed, ForbiddenUrl
from ecg.net.addresses import Address, parse_address
from ecg.net.policy import NetworkPolicy

MAX_LOOKUPS = 32
"""At once in one event loop: slow name servers must not use up the threads that others need."""

_lookups: RunVar[anyio.CapacityLimiter] = RunVar("ecg_net_lookups")


class Resolver(Protocol):
    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """All addresses of `host`, the preferred one first; raises OSError when there is none."""


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """The resolver of the operating system, in a thread that a cancelled fetch does not wait for."""
    try:
        limiter = _lookups.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(MAX_LOOKUPS)
        _lookups.set(limiter)
    found = await anyio.to_thread.run_sync(
        lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP),
        abandon_on_cancel=True,
        limiter=limiter,
    )
    return [str(address[0]) for _, _, _, _, address in found]


async def permitted_addresses(
    host: str, port: int, policy: NetworkPolicy, resolver: Resolver
) -> list[Address]:
    """The addresses of `host`, all of them allowed; a host that is an address itself is not looked up.

    Raises ForbiddenUrl when the port or any address is not allowed, ConnectionFailed when the name leads
    nowhere.
    """
    own = policy.is_own(host, port)
    if not own and not policy.allows_port(port):
        raise ForbiddenUrl(f"port {port} is not fetched from", hint="use 80, 443 or another web port")
    addresses = await _addresses(host, port, resolver)
    if not own and not all(policy.allows_address(address) for address in addresses):
        # The address itself stays unsaid: names of a private network are nobody's business.
        raise ForbiddenUrl(
            f"{host} does not have a public address",
            hint="the operator can open networks with ALLOWED_PRIVATE_NETWORKS",
        )
    return addresses


async def _addresses(host: str, port: int, resolver: Resolver) -> list[Address]:
    literal = parse_address(host)
    if literal is not None:
        return [literal]
    try:
        answers = await resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise ConnectionFailed(f"the host {host} cannot be found", hint="check its name") from error
    addresses = [address for answer in dict.fromkeys(answers) if (address := parse_address(answer))]
    if not addresses:
        raise ConnectionFailed(f"the host {host} cannot be found", hint="check its name")
    return addresses
