from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg.net.addresses import is_in, is_public, parse_address

PRIVATE = [
    *("0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.31.255.1"),
    *("192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::7f00:1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "100::1"),
    "2606:4700::1%eth0",
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450:4001::1"]
PUBLIC += ["::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]


@pytest.mark.parametrize("text", PRIVATE)
def test_special_addresses_are_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses())
def test_what_the_standard_library_knows_as_special_is_never_public(
    address: IPv4Address | IPv6Address,
) -> None:
    special = not address.is_global or address.is_multicast or address.is_reserved
    carries_another = isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address in IPv6Network("64:ff9b::/96")
    )
    if special and not carries_another:
        assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_judged_as_itself(address: IPv4Address) -> None:
    number = int(address)
    assert is_public(IPv6Address((0xFFFF << 32) | number)) == is_public(address)
    assert is_public(IPv6Address((0x64FF9B << 96) | number)) == is_public(address)
    assert not is_public(IPv6Address((0x2002 << 112) | (number << 80)))


@given(st.ip_addresses(network="10.0.0.0/8"))
def test_an_allowed_network_holds_its_addresses_in_every_spelling(address: IPv4Address) -> None:
    allowed = (IPv4Network("10.0.0.0/8"),)
    assert is_in(address, allowed)
    assert is_in(IPv6Address((0xFFFF << 32) | int(address)), allowed)


def test_a_zone_is_in_no_network() -> None:
    assert not is_in(ip_address("fe80::1%eth0"), (ip_network("fe80::/10"),))


@pytest.mark.parametrize(
    "text", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "localhost", ""]
)
def test_only_the_usual_spelling_is_an_address(text: str) -> None:
    assert parse_address(text) is None
