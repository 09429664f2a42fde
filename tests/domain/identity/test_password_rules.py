"""Which new passwords are too easy to guess."""

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.password import Password
from ollamanet.domain.identity.password_rules import is_common, require_hard_to_guess
from ollamanet.domain.kernel.errors import InvalidRequest

COMMON = frozenset({"password", "dragon", "iloveyou", "welcome", "thequickbrownfox", "admin", "cat"})
NAMES = ("ada.lovelace", "countess@analytical-engine.example")
WORDS = ("trombone", "lichen", "quarry", "velvet", "ostrich", "gravel", "hymn", "walnut")


def refused(text: str) -> str:
    with pytest.raises(InvalidRequest) as refusal:
        require_hard_to_guess(Password.parse(text), names=NAMES, common=COMMON)
    detail = refusal.value.detail
    assert detail.startswith("password: ")
    assert text not in detail
    return detail


def is_taken(text: str) -> bool:
    try:
        require_hard_to_guess(Password.parse(text), names=NAMES, common=COMMON)
    except InvalidRequest:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    ["password1234", "Password1234!", "p@ssw0rd!!!!", "Pa$$w0rd2024", "PASSWORDPASSWORD", "dragon19871225",
     "1l0vey0u!!!!", "dragon-dragon", "Welcome Dragon", "thequickbrownfox", "the quick brown fox",
     "\uff50\uff41\uff53\uff53word1234",
     "123password123", "4dm1n-4dm1n-1"],
)  # fmt: skip
def test_common_passwords_are_refused_however_they_are_dressed_up(text: str) -> None:
    assert "tried first" in refused(text)


@pytest.mark.parametrize(
    "text", ["aaaaaaaaaaaa", "abababababab", "abcabcabcabc", "aaaaaaaaaaab", "zzzzyyyyxxxx", "!!!!!!!!!!!!!!"]
)
def test_repetition_is_refused(text: str) -> None:
    assert "repeats" in refused(text)


@pytest.mark.parametrize(
    "text",
    ["abcdefghijkl", "lkjihgfedcba", "123456789012", "qwertyuiop12", "asdfghjkl;'q", "1qaz2wsx3edc", "QWERTYUIOPAS",
     "zxcvbnm,./zx", "112233445566", "abcdefghij1234567890", "!@#$%^&*()_+"],
)  # fmt: skip
def test_rows_and_counting_are_refused(text: str) -> None:
    assert "counts on" in refused(text)


@pytest.mark.parametrize(
    "text",
    ["ada.lovelace", "AdaLovelace1", "lovelaceada!", "l0vel@ce1815", "countess2024", "analytical-engine",
     "ollamanet2024!", "OllamaNet-OllamaNet", "ollama-gw-1", "countess@analytical-engine.example",
     "ollamanet12345", "ada-23.11.2026", "lovelace1234567890"],
)  # fmt: skip
def test_ones_own_names_are_refused(text: str) -> None:
    assert "your own name" in refused(text.ljust(12, "1"))


@pytest.mark.parametrize(
    "text",
    ["correct horse battery staple", "my cat sleeps all day", "dragons of the north sea", "ada likes marzipan",
     "xK7#pQ2!vL9m", "pässwörter 🙂 für alle",
     "\u043c\u043e\u0439 \u0440\u044b\u0436\u0438\u0439 \u043a\u043e\u0442", "11 pipers, 12 drums"],
)  # fmt: skip
def test_what_is_none_of_these_is_taken_without_any_rule_of_composition(text: str) -> None:
    assert is_taken(text)


@given(st.lists(st.sampled_from(WORDS), min_size=3, max_size=6, unique=True), st.sampled_from([" ", "-", "", "7"]))
def test_several_unrelated_words_are_always_taken(words: list[str], between: str) -> None:
    assert is_taken(between.join(words))


@given(
    st.sampled_from(sorted(COMMON - {"cat", "admin"})),
    st.text("0123456789!?.", max_size=4),
    st.text("0123456789!?.", max_size=4),
    st.sampled_from([str.upper, str.title, str.lower, lambda word: word.replace("o", "0").replace("a", "@")]),
)
def test_a_common_word_stays_common_with_signs_around_it(word: str, before: str, after: str, dress) -> None:
    assert is_common(f"{before}{dress(word)}{after}".lower(), COMMON)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_the_rules_have_an_answer_for_any_text(text: str) -> None:
    assert is_common(text, COMMON) in {True, False}
    if len(Password.attempt(text).secret) >= 12:
        assert is_taken(text) in {True, False}


@given(st.text("abcxyz019!? ", min_size=1, max_size=4), st.integers(12, 60))
def test_a_short_piece_that_is_repeated_is_refused(piece: str, length: int) -> None:
    assert not is_taken((piece * 60)[:length])


def test_random_passwords_are_hardly_ever_refused() -> None:
    dice = random.Random(4)
    made = ["".join(dice.choices(string.ascii_lowercase, k=12)) for _ in range(2000)]
    assert sum(not is_taken(each) for each in made) <= 2


@pytest.mark.parametrize("text", ["1" * 1023 + "a", "ab" * 512, "a1" * 511 + "bc", "." * 1020 + "abcd", "dragon" * 170])
def test_the_longest_password_is_read_in_no_time(text: str) -> None:
    started = time.process_time()
    is_taken(text)
    assert time.process_time() - started < 1
