"""What an internet address is for: the special-purpose registries of IANA (RFC 6890), as tables.

The rule: of the blocks that hold an address, the longest prefix tells. The tables begin with the whole space; blocks
that are special but reachable from everywhere, such as those of AS112 (RFC 7534), are public like any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

from ..values.address import AddressKind

_Row = tuple[str, AddressKind]

_IPV4: Final[Sequence[_Row]] = (
    ("0.0.0.0/0", "public"),
    ("0.0.0.0/8", "reserved"),  # this network, RFC 791
    ("0.0.0.0/32", "unspecified"),  # this host, RFC 1122
    ("10.0.0.0/8", "private"),  # RFC 1918
    ("100.64.0.0/10", "shared"),  # between a carrier and its customers, RFC 6598
    ("127.0.0.0/8", "loopback"),  # RFC 1122
    ("169.254.0.0/16", "link-local"),  # RFC 3927
    ("172.16.0.0/12", "private"),  # RFC 1918
    ("192.0.0.0/24", "reserved"),  # protocol assignments, RFC 6890
    ("192.0.0.9/32", "public"),  # anycast of PCP, RFC 7723
    ("192.0.0.10/32", "public"),  # anycast of TURN, RFC 8155
    ("192.0.0.170/31", "translation"),  # discovery of NAT64, RFC 8880
    ("192.0.2.0/24", "documentation"),  # RFC 5737
    ("192.88.99.0/24", "translation"),  # relays of 6to4, RFC 7526
    ("192.168.0.0/16", "private"),  # RFC 1918
    ("198.18.0.0/15", "benchmarking"),  # RFC 2544
    ("198.51.100.0/24", "documentation"),  # RFC 5737
    ("203.0.113.0/24", "documentation"),  # RFC 5737
    ("224.0.0.0/4", "multicast"),  # RFC 5771
    ("233.252.0.0/24", "documentation"),  # RFC 6676
    ("240.0.0.0/4", "reserved"),  # RFC 1112
    ("255.255.255.255/32", "broadcast"),  # RFC 919
)

_IPV6: Final[Sequence[_Row]] = (
    ("::/0", "reserved"),  # not assigned, RFC 4291
    ("2000::/3", "public"),  # global unicast, RFC 4291
    ("::/128", "unspecified"),  # RFC 4291
    ("::1/128", "loopback"),  # RFC 4291
    ("64:ff9b::/96", "translation"),  # NAT64, RFC 6052
    ("64:ff9b:1::/48", "translation"),  # NAT64 of a network, RFC 8215
    ("100::/64", "reserved"),  # discard, RFC 6666
    ("2001::/23", "reserved"),  # protocol assignments, RFC 2928
    ("2001::/32", "translation"),  # Teredo, RFC 4380
    ("2001:1::1/128", "public"),  # anycast of PCP, RFC 7723
    ("2001:1::2/128", "public"),  # anycast of TURN, RFC 8155
    ("2001:1::3/128", "public"),  # anycast of DNS-SD, RFC 9665
    ("2001:2::/48", "benchmarking"),  # RFC 5180
    ("2001:3::/32", "public"),  # AMT, RFC 7450
    ("2001:4:112::/48", "public"),  # AS112, RFC 7535
    ("2001:db8::/32", "documentation"),  # RFC 3849
    ("2002::/16", "translation"),  # 6to4, RFC 3056
    ("3fff::/20", "documentation"),  # RFC 9637
    ("fc00::/7", "private"),  # unique local, RFC 4193
    ("fe80::/10", "link-local"),  # RFC 4291
    ("fec0::/10", "private"),  # site-local, once, RFC 3879
    ("ff00::/8", "multicast"),  # RFC 4291
)


class _Blocks:
    """A table as runs of addresses that follow one another."""

    def __init__(self, rows: Sequence[_Row], network: type[IPv4Network | IPv6Network]) -> None:
        blocks = sorted(((network(prefix), kind) for prefix, kind in rows), key=lambda block: block[0].prefixlen)
        ends = {int(block.broadcast_address) + 1 for block, _ in blocks}
        self.starts = sorted({int(block.network_address) for block, _ in blocks} | ends)[:-1]
        self.kinds = [
            [kind for block, kind in blocks if int(block[0]) <= start <= int(block[-1])][-1] for start in self.starts
        ]


_BLOCKS: Final = {4: _Blocks(_IPV4, IPv4Network), 6: _Blocks(_IPV6, IPv6Network)}


def kind_of(address: IPv4Address | IPv6Address) -> AddressKind:
    """What an address is for."""
    blocks = _BLOCKS[address.version]
    return blocks.kinds[bisect_right(blocks.starts, int(address)) - 1]
