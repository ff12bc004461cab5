"""Which IP addresses are public: pure, and independent of what one Python release knows.

`ipaddress.is_global` calls multicast, 6to4, site-local and some documentation ranges global, and its answers
change between patch releases. So the ranges are listed here, after IANA's IPv4 and IPv6 special-purpose
address registries. IPv6 is turned around: only 2000::/3 is given out at all, the rest is refused unlisted.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, with the metadata services of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")

_SPECIAL_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documentation
    )
)

_NAT64 = IPv6Network("64:ff9b::/96")


def parse_address(text: str) -> Address | None:
    """The address that `text` spells in its usual form; None for anything else, such as a name or 0x7f.1."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether the whole internet may reach the address.

    An IPv4 address inside an IPv6 one (mapped, NAT64) counts as itself; one with a zone is never public.
    """
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        inner = embedded(address)
        if inner is None:
            return address in _GLOBAL_UNICAST_V6 and not any(address in network for network in _SPECIAL_V6)
        address = inner
    return not any(address in network for network in _SPECIAL_V4)


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped (::ffff:0:0/96) or NAT64 (64:ff9b::/96) address leads to."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether one of `networks` holds the address, or the IPv4 address inside it."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        inner = embedded(address)
        if inner is not None and is_in(inner, networks):
            return True
    return any(address.version == network.version and address in network for network in networks)
