"""Addresses of callers: the block one is counted under, the networks a key is bound to, and who stands behind a proxy.

Rules. One caller has one spelling: an IPv4 address within IPv6 (``::ffff:192.0.2.1``, RFC 4291 section 2.5.5.2) is the
IPv4 address, and a zone (``%eth0``) is no part of an address. Who holds an IPv6 address holds at least its /64 (RFC
6177), so callers are counted by /64. And nothing in ``X-Forwarded-For`` is believed but what a trusted proxy wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NETWORKS_MOST = 100
HOPS_MOST = 32
"""So many proxies in a row are read from one header; nobody has as many."""

_LONGEST = 60
"""An IPv6 address has at most 45 characters; the rest is for a zone. Longer text is none, and is not remembered."""
_REMEMBERED = 16_384
"""So many texts and what they mean are kept at hand: parsing takes some microseconds, and each call would pay them."""
_BLOCK = (32, 64)
_WIDE_BLOCK = (24, 48)
"""Prefix lengths for IPv4 and IPv6. The wide ones are what one customer of a network is commonly given at most."""
_MAPPED = IPv6Network("::ffff:0:0/96")


def block_of(address: str) -> str:
    """What an address is counted under: itself for IPv4, its /64 for IPv6; text that is no address, as it is."""
    return _block(address, *_BLOCK) if len(address) <= _LONGEST else address


def wide_block_of(address: str) -> str:
    """The wider block, for what one person needs once, like an account: /24 for IPv4, /48 for IPv6."""
    return _block(address, *_WIDE_BLOCK) if len(address) <= _LONGEST else address


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks in CIDR notation (RFC 4632, RFC 4291 section 2.3); an address alone is the network of that address.

    Raises ``ValueError``, which names the text that is none, or says that there are more than 100.
    """
    if isinstance(texts, str):
        raise ValueError(f"networks are a list of texts, not the text {texts[:_LONGEST]!r}")
    networks: dict[Network, None] = {}
    for count, text in enumerate(texts, 1):
        if count > NETWORKS_MOST:
            raise ValueError(f"there are more than {NETWORKS_MOST} networks")
        networks[_network(text)] = None
    return tuple(networks)


def inside(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether ``address`` lies in one of ``networks``; text that is no address lies in none."""
    parsed = _address(address)
    return parsed is not None and _within(parsed, networks)


def client_address(peer: str, forwarded_for: str | None, trusted: tuple[Network, ...]) -> str:
    """Who called: ``peer``, or when that is a trusted proxy, whoever it and the proxies before it say they speak for.

    ``forwarded_for`` is the value of ``X-Forwarded-For``; several such fields are joined by commas first (RFC 9110
    section 5.3). Each proxy appends whom it heard, so it is read from the right, up to the first address that is no
    trusted proxy: what stands left of it was written by a stranger. Text that is no address ends the walk at the last
    good address.
    """
    if not forwarded_for or not inside(peer, trusted):
        return peer
    client = peer
    # Past so many hops the rest is left in one piece, which is no address.
    for entry in reversed(forwarded_for.rsplit(",", HOPS_MOST)):
        text = entry.strip(" \t")
        if not text:  # an empty element of a list means nothing (RFC 9110 section 5.6.1.2)
            continue
        address = _address(_without_port(text))
        if address is None:
            break
        client = str(address)
        if not _within(address, trusted):
            break
    return client


@lru_cache(maxsize=_REMEMBERED)
def _block(text: str, v4_length: int, v6_length: int) -> str:
    address = _address(text)
    if address is None:
        return text
    length = v4_length if isinstance(address, IPv4Address) else v6_length
    if length == address.max_prefixlen:
        return str(address)
    return str(ip_network((int(address), length), strict=False))


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


def _address(text: str) -> Address | None:
    return _parsed(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=_REMEMBERED)
def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _network(text: str) -> Network:
    shown = text[:_LONGEST]
    base, slash, length = text.partition("/")
    # Masks like 255.0.0.0 are not taken: 0.0.0.255 has two meanings.
    if len(text) > _LONGEST or "%" in text or (slash and not (length.isascii() and length.isdigit())):
        raise ValueError(f"{shown!r} is not a network: write it like 192.0.2.0/24 or 2001:db8::/32")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{shown!r} is not a network: write it like 192.0.2.0/24 or 2001:db8::/32") from None
    if network.network_address != ip_address(base):
        raise ValueError(f"{shown!r} is not a network but an address in one: did you mean {network}?")
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    return network


def _without_port(text: str) -> str:
    """``[2001:db8::1]:443`` and ``192.0.2.1:443`` without brackets and port; a bare IPv6 address as it is."""
    if text.startswith("["):
        address, bracket, port = text[1:].partition("]")
        # Brackets hold IPv6 alone (RFC 3986 section 3.2.2).
        return address if bracket and ":" in address and _is_port(port) else ""
    address, colon, port = text.partition(":")
    return address if colon and _is_port(colon + port) else text


def _is_port(text: str) -> bool:
    number = text[1:]
    return not text or (text[0] == ":" and number.isascii() and number.isdigit() and len(number) <= 5)
