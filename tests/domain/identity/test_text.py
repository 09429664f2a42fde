"""The form in which two spellings are one."""

import pytest

from ollamanet.domain.identity.text import folded


@pytest.mark.parametrize(
    "spelling",
    ["a", "A", "\uff21", "\U0001d400", "\U0001d552"],
    ids=["small", "capital", "wide", "bold", "double-struck"],
)
def test_letters_that_only_look_grand_are_plain_letters(spelling: str) -> None:
    assert folded(spelling) == "a"


def test_what_casefolding_takes_apart_is_composed_again() -> None:
    assert folded("\u0390") == folded("\u03b9\u0308\u0301") == "\u0390"


def test_different_letters_stay_different() -> None:
    assert len({folded(letter) for letter in "a\u00e4\u0430b"}) == 4
