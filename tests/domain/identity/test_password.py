"""Passwords: long enough, the same on every keyboard, never shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.password import Password
from ollamanet.domain.kernel.errors import InvalidRequest

ALPHABET = st.sampled_from("a é\u0301Å\u212bﬁßΐ가\u1100\u1161\uff76\uff9e🙂")
PHRASE = "correct horse battery staple"


@pytest.mark.parametrize("length", [12, 1024])
def test_twelve_to_1024_characters_are_a_password(length: int) -> None:
    assert Password.parse("x" * length).secret == "x" * length


@pytest.mark.parametrize("text", ["", "x" * 11, "e\u0301" * 11, "ﷺ" * 60])
def test_other_lengths_are_refused_with_the_rule(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^password: expected 12 to 1024 characters$"):
        Password.parse(text)


@pytest.mark.parametrize("read", [Password.parse, Password.attempt])
def test_nothing_longer_than_a_password_may_be_is_even_looked_at(read: type[Password.parse]) -> None:
    with pytest.raises(InvalidRequest, match=r"^password: expected at most 1024 characters$"):
        read("x" * 10_000_000)


@pytest.mark.parametrize("read", [Password.parse, Password.attempt])
def test_nul_and_lone_surrogates_are_refused(read: type[Password.parse]) -> None:
    for bad in ("\0", "\ud800"):
        with pytest.raises(InvalidRequest, match=r"^password: expected"):
            read(PHRASE + bad)


@given(st.text(ALPHABET, min_size=12, max_size=50), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_a_password_is_the_same_however_the_keyboard_composes_it(text: str, form: str) -> None:
    assert Password.attempt(unicodedata.normalize(form, text)) == Password.attempt(text)


def test_an_attempt_may_be_shorter_than_the_rule_of_today() -> None:
    assert Password.attempt("short").secret == "short"


def test_no_representation_shows_it() -> None:
    assert PHRASE not in repr(Password.parse(PHRASE))
    assert PHRASE not in str(Password.parse(PHRASE))
