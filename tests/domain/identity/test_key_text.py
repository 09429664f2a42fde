"""What an API key looks like."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.key_text import hash_of_key, is_key_text, key_text

ROOT = Path(__file__).parents[3]
RANDOM = st.binary(min_size=32, max_size=32)


@given(RANDOM)
def test_every_key_has_the_one_form(random: bytes) -> None:
    text = key_text(random)
    assert is_key_text(text)
    assert re.fullmatch(r"onk_[0-9A-Za-z]{49}", text)


@given(RANDOM, RANDOM)
def test_other_bytes_make_another_key(one: bytes, other: bytes) -> None:
    assert (key_text(one) == key_text(other)) is (one == other)


@pytest.mark.parametrize("random", [b"\0" * 32, b"\xff" * 32])
def test_the_smallest_and_the_largest_number_fit(random: bytes) -> None:
    assert is_key_text(key_text(random))


@given(RANDOM, st.integers(4, 52), st.sampled_from("0123456789ABCXYZabcxyz"))
def test_one_wrong_character_is_noticed(random: bytes, at: int, typed: str) -> None:
    text = key_text(random)
    wrong = text[:at] + typed + text[at + 1 :]
    assert is_key_text(wrong) is (wrong == text)


@given(RANDOM, st.integers(4, 51))
def test_two_characters_that_changed_places_are_noticed(random: bytes, at: int) -> None:
    text = key_text(random)
    wrong = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    assert is_key_text(wrong) is (wrong == text)


@given(st.text())
def test_other_text_is_no_key(text: str) -> None:
    assert not is_key_text(text)
    assert not is_key_text(key_text(bytes(32)) + text[:1]) or not text


@pytest.mark.parametrize(
    "text", ["", "onk_", "onk_" + "0" * 49, "ONK_" + key_text(bytes(32))[4:], "onk_" + "\u0660" * 49]
)
def test_what_only_looks_like_a_key_is_none(text: str) -> None:
    assert not is_key_text(text)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_is_made_of_exactly_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32"):
        key_text(bytes(size))


def test_what_is_stored_is_its_sha_256() -> None:
    text = key_text(bytes(range(32)))
    assert hash_of_key(text) == sha256(text.encode("ascii")).hexdigest()


def test_the_readme_tells_scanners_how_to_find_a_leaked_key() -> None:
    (pattern,) = re.findall(r"`(\\bonk_[^`]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    text = f'export KEY="{key_text(bytes(range(32)))}"; echo onk_short onk_{"a" * 60}'
    assert re.findall(pattern, text) == [key_text(bytes(range(32)))]
