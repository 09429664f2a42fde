"""Which addresses may be replicas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.replica_url import ReplicaUrl, check_address
from ollamanet.domain.kernel.errors import InvalidRequest


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("http://gpu1:11434", "http://gpu1:11434"),
        ("HTTP://GPU1.example.org", "http://gpu1.example.org:80"),
        ("https://host/ollama/", "https://host:443/ollama"),
        ("http://127.0.0.1:1/a/b.c-d_e~f", "http://127.0.0.1:1/a/b.c-d_e~f"),
        ("http://[::1]:11434", "http://[::1]:11434"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]:80"),
        ("http://192.168.1.7:11434", "http://192.168.1.7:11434"),
        ("http://gpu1.:80", "http://gpu1.:80"),
    ],
)
def test_an_address_has_one_form(given: str, shown: str) -> None:
    parsed = ReplicaUrl.parse(given)

    assert str(parsed) == shown
    assert ReplicaUrl.parse(shown) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "", "gpu1", "gpu1:11434", "ftp://gpu1", "file:///etc/passwd", "unix:///run/x", "http://", "http:///path",
        "http://user@gpu1", "http://user:secret@gpu1:1", "http://gpu1@evil", "http://gpu1?x=1", "http://gpu1#x",
        "http://gpu1:0", "http://gpu1:65536", "http://gpu1:x", "http://gpu1:", "http://gp u1", "http://gpu1/a b",
        "http://gpu1\\@evil", "http://gpu1/../x", "http://gpu1/%2e%2e", "http://gpu1//x", "http://\u212apu1", "http://-a",
        "http://gpu1\n", "http://[::1", "http://::1", "http://[gpu1]", "http://[v1.a]", "http://a..b",
        "http://gpu1/" + "x" * 400,
    ],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused_by_its_field(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^url: ") as refused:
        ReplicaUrl.parse(text)

    assert "secret" not in refused.value.detail


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254", "169.254.0.1", "[fe80::1]", "[fe80::1%25eth0]", "[::ffff:169.254.169.254]",
        "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "100.100.100.200", "168.63.129.16", "0.0.0.0",
        "[::]", "224.0.0.1", "255.255.255.255", "[ff02::1]", "2852039166", "0xa9fea9fe", "0XA9.0xfe.0xa9.0xfe",
        "169.254.43518", "0251.0376.0251.0376", "169.254.169.254.", "1.2.3", "127.1",
    ],
)  # fmt: skip
def test_metadata_services_and_what_resolvers_take_for_them_are_refused(host: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^url: "):
        ReplicaUrl.parse(f"http://{host}/")


@given(st.text(max_size=40) | st.text("0123456789abcdefx.:[]@/%", max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        parsed = ReplicaUrl.parse(f"http://{text}")
    except InvalidRequest:
        return
    assert ReplicaUrl.parse(str(parsed)) == parsed


@given(st.ip_addresses())
def test_link_local_addresses_are_refused_in_every_form(address: object) -> None:
    refused = False
    try:
        check_address(str(address))
    except InvalidRequest:
        refused = True

    assert refused or not (address.is_link_local or address.is_multicast or address.is_unspecified)


@given(st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_the_whole_link_local_range_is_refused(address: object) -> None:
    spellings = ("{}", "::ffff:{}", "64:ff9b::{}", "64:ff9b:1::{}", "64:ff9b:1:7::{}", "::ffff:0:{}", "::{}")
    for text in spellings:
        with pytest.raises(InvalidRequest):
            check_address(text.format(address))


def test_this_machine_is_a_place_for_a_replica() -> None:
    for text in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b:1::10.0.0.1"):
        check_address(text)


def test_a_resolver_s_answer_with_a_zone_is_read() -> None:
    with pytest.raises(InvalidRequest):
        check_address("fe80::1%eth0")
    check_address("fd00::1%eth0")
