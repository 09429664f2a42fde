"""Which letters may stand together in a name, and which cannot be seen at all, after Unicode's UTS #39."""

import unicodedata
from typing import Final

from ollamanet.domain.kernel.errors import InvalidRequest

# Python knows no scripts, but the name of each letter begins with that of its script.
_TOGETHER: Final = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
_OF_SEVERAL_SCRIPTS: Final = {"\u30fc": "KATAKANA", "\u3005": "CJK", "\u3006": "CJK", "\u3007": "CJK"}

# Format characters are not printable for Python; these are, and still show nothing.
_BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)


def has_invisible(text: str) -> bool:
    """Whether a character shows nothing, or turns the direction of others; spaces do not count."""
    return any(
        character in _BLANK or unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Zl", "Zp"}
        for character in text
    )


def is_name_letter(character: str) -> bool:
    """Whether it is a letter that stands for itself, and no modifier of another one."""
    stands_alone = unicodedata.category(character) != "Lm" or character in _OF_SEVERAL_SCRIPTS
    return character.isalpha() and stands_alone and character not in _BLANK


def scripts_of(text: str) -> frozenset[str]:
    """The scripts of its letters, by the first word of their Unicode names; digits and signs are of none."""
    return frozenset(_script_of(character) for character in text if character.isalpha())


def require_one_script(field: str, text: str) -> None:
    """Refuse letters or digits that are not written together, because they are there to be taken for others.

    Raises:
        InvalidRequest: Latin and Cyrillic in one name, for example; Latin with Chinese, Japanese or Korean is usual.
    """
    scripts = scripts_of(text)
    if len(scripts) > 1 and not any(scripts <= usual for usual in _TOGETHER):
        raise InvalidRequest(f"{field}: expected letters of one script, not of {_listed(scripts)}")
    # Each set of digits is ten code points in a row, so that all of one set have their zero at the same place.
    zeros = {ord(digit) - unicodedata.decimal(digit) for digit in text if digit.isdecimal()}
    if len(zeros) > 1:
        raise InvalidRequest(f"{field}: expected digits of one script")


def _script_of(letter: str) -> str:
    return _OF_SEVERAL_SCRIPTS.get(letter) or unicodedata.name(letter, "UNNAMED").split(" ")[0].split("-")[0]


def _listed(scripts: frozenset[str]) -> str:
    return " and ".join(sorted(script.capitalize() for script in scripts))
