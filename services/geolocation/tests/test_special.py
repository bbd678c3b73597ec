from __future__ import annotations

from ipaddress import ip_address

import pytest

from parvis_geolocation.addresses.special import kind_of


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("8.8.8.8", "public"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "reserved"),
        ("9.255.255.255", "public"),
        ("10.0.0.0", "private"),
        ("10.255.255.255", "private"),
        ("11.0.0.0", "public"),
        ("100.64.0.1", "shared"),
        ("100.128.0.0", "public"),
        ("127.0.0.1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("172.16.0.1", "private"),
        ("172.32.0.0", "public"),
        ("192.0.0.8", "reserved"),
        ("192.0.0.9", "public"),
        ("192.0.0.11", "reserved"),
        ("192.0.0.170", "translation"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "translation"),
        ("192.168.1.1", "private"),
        ("198.19.255.255", "benchmarking"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("233.252.0.1", "documentation"),
        ("233.252.1.0", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.254", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::2", "reserved"),
        ("64:ff9b::808:808", "translation"),
        ("64:ff9b:1::1", "translation"),
        ("100::1", "reserved"),
        ("2001::1", "translation"),
        ("2001:1::1", "public"),
        ("2001:1::4", "reserved"),
        ("2001:2::1", "benchmarking"),
        ("2001:10::1", "reserved"),
        ("2001:200::1", "public"),
        ("2001:db8::1", "documentation"),
        ("2002:101:101::1", "translation"),
        ("2a01:e0a::1", "public"),
        ("3fff:fff::1", "documentation"),
        ("3fff:1000::1", "public"),
        ("4000::1", "reserved"),
        ("fc00::1", "private"),
        ("fd12::1", "private"),
        ("fe80::1", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"),
    ],
)
def test_the_longest_prefix_of_the_registries_tells_what_an_address_is_for(address: str, kind: str) -> None:
    assert kind_of(ip_address(address)) == kind


def test_what_is_public_is_what_the_standard_library_calls_global() -> None:
    # One address of every /16, but for the blocks whose special use is younger than the oldest Python we support.
    addresses = [ip_address(number << 16 | 0x0101) for number in range(1 << 16)]
    different = {
        str(address) for address in addresses
        if (kind_of(address) == "public") != (address.is_global and not address.is_multicast)
    }  # fmt: skip
    assert different == set()
