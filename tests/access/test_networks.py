"""Networks: one caller has one spelling, and a stranger's word about who he is counts for nothing."""

import ipaddress
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parvis.access.networks import block_of, client_address, inside, parse_networks, wide_block_of

PROXIES = parse_networks(["10.0.0.0/8", "2001:db8:ffff::/48", "127.0.0.1"])


@pytest.mark.parametrize(
    ("address", "block", "wide"),
    [
        ("192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::1", "::/64", "::/48"),
        ("::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"),
        ("::ffff:c000:24d", "192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("", "", ""),
        ("testclient", "testclient", "testclient"),
        ("192.0.2.077", "192.0.2.077", "192.0.2.077"),
    ],
)
def test_an_address_is_counted_under_its_block(address, block, wide):
    assert (block, wide) == (block_of(address), wide_block_of(address))


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_all_of_a_slash_64_is_one_block(address, host):
    neighbour = ipaddress.IPv6Address(int(address) >> 64 << 64 | host)
    if address.ipv4_mapped or neighbour.ipv4_mapped:
        return

    assert block_of(str(address)) == block_of(str(neighbour))
    assert block_of(str(address)) == str(ipaddress.ip_network((int(address), 64), strict=False))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_the_same_caller_within_ipv6(address):
    assert block_of(str(address)) == block_of(f"::ffff:{address}") == str(address)


@given(st.text(max_size=80))
def test_no_text_makes_any_of_it_fail(text):
    assert isinstance(block_of(text), str)
    assert isinstance(wide_block_of(text), str)
    assert isinstance(inside(text, PROXIES), bool)
    assert isinstance(client_address("10.0.0.1", text, PROXIES), str)


def test_networks_are_read_and_nothing_is_kept_twice():
    networks = parse_networks(["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "192.0.2.0/24"])

    assert ["192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32"] == [str(network) for network in networks]


def test_a_network_of_ipv4_within_ipv6_is_the_ipv4_network():
    assert parse_networks(["10.0.0.0/8"]) == parse_networks(["::ffff:10.0.0.0/104"])


@pytest.mark.parametrize(
    "bad",
    ["", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/255.0.0.0", "10.0.0.0/0.0.0.255", "10.0.0.0/8/8",
     "::/129", "fe80::%eth0/64", "10.0.0.0/٨", "1" * 100],
)  # fmt: skip
def test_what_is_no_network_is_named(bad):
    with pytest.raises(ValueError, match="is not a network: write it like") as error:
        parse_networks(["10.0.0.0/8", bad])
    assert str(error.value).startswith(repr(bad[:60]))


def test_an_address_with_bits_past_its_length_is_answered_with_the_network():
    with pytest.raises(ValueError, match=r"'10\.1\.2\.3/8' is not a network but .* mean 10\.0\.0\.0/8\?"):
        parse_networks(["10.1.2.3/8"])


def test_at_most_a_hundred_networks_are_taken():
    texts = [f"10.0.{n}.0/24" for n in range(101)]

    assert 100 == len(parse_networks(texts[:100]))
    with pytest.raises(ValueError, match="more than 100"):
        parse_networks(texts)


def test_one_text_is_not_a_list_of_networks():
    with pytest.raises(ValueError, match="not the text '::/0'"):
        parse_networks("::/0")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.255.0.1", True), ("::ffff:10.1.1.1", True), ("11.0.0.0", False), ("127.0.0.1", True), ("127.0.0.2", False),
        ("2001:db8:ffff:1::1", True), ("2001:db8:fffe:1::1", False), ("", False), ("10.0.0.1:80", False),
    ],
)  # fmt: skip
def test_an_address_is_inside_or_it_is_not(address, expected):
    assert expected == inside(address, PROXIES)


def test_nothing_is_inside_of_no_networks():
    assert not inside("10.0.0.1", ())


@pytest.mark.parametrize(
    ("peer", "header", "client"),
    [
        ("203.0.113.9", "6.6.6.6", "203.0.113.9"),  # a stranger's own word
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),  # forged by the client, the proxy appended
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("::ffff:10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),  # all trusted: whoever is farthest
        ("10.0.0.1", "198.51.100.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "198.51.100.7, _hidden", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:1234", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7:123456", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:x", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::7]:1234", "2001:db8::7"),
        ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
        ("10.0.0.1", "2001:DB8:0::7", "2001:db8::7"),
        ("10.0.0.1", "[2001:db8::7", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::7]x", "10.0.0.1"),
        ("10.0.0.1", "[198.51.100.7]", "10.0.0.1"),
        ("10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", " ,198.51.100.7\t, ,", "198.51.100.7"),
        ("", "198.51.100.7", ""),
    ],
)
def test_the_client_is_the_right_most_address_that_is_no_trusted_proxy(peer, header, client):
    assert client == client_address(peer, header, PROXIES)


def test_without_trusted_proxies_the_header_is_not_read():
    assert "127.0.0.1" == client_address("127.0.0.1", "6.6.6.6", ())


@given(st.text(max_size=60), st.ip_addresses())
def test_what_a_client_writes_itself_never_names_another_caller(forged, address):
    if inside(str(address), PROXIES):
        return
    expected = getattr(address, "ipv4_mapped", None) or ipaddress.ip_address(str(address).partition("%")[0])

    assert str(expected) == client_address("10.0.0.1", f"{forged}, {address}", PROXIES)


def test_a_header_full_of_proxies_is_read_no_further_than_the_bound():
    header = ",".join(["6.6.6.6"] + ["10.0.0.2"] * 100_000)
    start = time.process_time()

    assert "10.0.0.2" == client_address("10.0.0.1", header, PROXIES)
    assert time.process_time() - start < 0.15
