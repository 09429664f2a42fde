"""Addresses in one spelling, and the one of a request that can be trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.kernel.addresses import TrustedProxies, address_of, neighbourhood

PROXIES = TrustedProxies.parse(["10.0.0.0/8", "2001:db8:1::/48", "192.0.2.9"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:8080 ", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_every_spelling_of_an_address_is_one(text: str, shown: str) -> None:
    assert str(address_of(text)) == shown


@pytest.mark.parametrize("text", ["", " ", "unknown", "_hidden", "1.2.3", "1.2.3.4.5", "[", "[]", "::1::", "1" * 100])
def test_what_is_no_address_is_none(text: str) -> None:
    assert address_of(text) is None


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_limits_count_a_house_of_ipv6_as_one(text: str, counted: str) -> None:
    assert neighbourhood(text) == counted


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody in between, or nobody whose word is taken.
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("::ffff:203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
        ("", ["198.51.100.1"], ""),
        # One proxy, several, and what somebody made up before them.
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1, 192.0.2.9"], "198.51.100.1"),
        ("2001:db8:1::7", ["198.51.100.1,10.1.2.3"], "198.51.100.1"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        # All of them are proxies: the farthest is as near as one comes.
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        # Rubbish ends the way; the last one that was known counts.
        ("10.0.0.1", ["198.51.100.1, rubbish"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["rubbish, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [",,,"], "10.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(peer: str, forwarded: list[str], client: str) -> None:
    assert PROXIES.client(peer, forwarded) == client


def test_without_proxies_the_header_says_nothing() -> None:
    assert TrustedProxies().client("10.0.0.1", ["198.51.100.1"]) == "10.0.0.1"


@given(st.text(), st.lists(st.text()))
def test_whatever_is_sent_there_is_an_answer(peer: str, forwarded: list[str]) -> None:
    assert isinstance(PROXIES.client(peer, forwarded), str)
    assert isinstance(PROXIES.client("10.0.0.1", forwarded), str)


@given(st.lists(st.ip_addresses().map(str), max_size=5), st.ip_addresses(network="203.0.113.0/24").map(str))
def test_what_a_client_writes_before_a_proxy_adds_him_changes_nothing(made_up: list[str], client: str) -> None:
    assert PROXIES.client("10.0.0.1", [", ".join([*made_up, client])]) == client


def test_a_long_header_costs_no_more_than_its_end() -> None:
    assert PROXIES.client("10.0.0.1", ["6.6.6.6," * 10_000 + ", ".join(["10.0.0.2"] * 100)]) == "10.0.0.2"
