"""Letters of other scripts that look like Latin ones, so that two names that look alike are one name."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from ollamanet.domain.identity.text import compatible, folded

# Folded letters, each above the Latin one that it is taken for, small or capital. Source: the confusables of UTS #39.
_PAIRS: Final = (
    (
        "\u0430\u0431\u0432\u0433\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445",
        "a6brekmhopctyx",
    ),  # Cyrillic
    ("\u0455\u0456\u0458\u0475\u04af\u04bb\u04cf\u0501\u051b\u051d\u0261\u0251\u0131\u0269", "sijvyhldqwgaii"),
    (
        "\u03b1\u03b2\u03b3\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9",
        "abyeznikmvoptuxw",
    ),
    ("\u0581\u0570\u0575\u0578\u057d\u0585\u0566\u0563\u056c", "ghjnuoqql"),  # Armenian
    ("\u13aa\u13f4\u13df\u13a0\u13ac\u13c0\u13bb\u13a5\u13ab\u13e6\u13de\u13b7", "abcdeghijklm"),  # Cherokee
    ("\u13e2\u13d2\u13da\u13a2\u13d9\u13b3\u13cd\u13c3\u13f5", "prstvwyzg"),
    ("\ua4ee\ua4d0\ua4da\ua4d3\ua4f0\ua4dd\ua4d6\ua4e7\ua4f2\ua4d9\ua4d7\ua4e1\ua4df", "abcdefghijklm"),  # Lisu
    ("\ua4e0\ua4f3\ua4d1\ua4e3\ua4e2\ua4d4\ua4f4\ua4e6\ua4ea\ua4eb\ua4ec\ua4dc", "noprstuvwxyz"),
)
_LATIN: Final[Mapping[int, str]] = {
    ord(letter): latin for letters, latins in _PAIRS for letter, latin in zip(letters, latins, strict=True)
}
_LEET: Final = str.maketrans("013457$@!|", "oieastsail")


def skeleton(text: str) -> str:
    """The form in which names are equal that differ in case, in Unicode form, or by look-alikes of Latin letters only.

    Plain ASCII is only put into lower case: `bob1` and `bobl` stay two names.
    """
    decomposed = unicodedata.normalize("NFD", folded(text)).translate(_LATIN)
    return compatible(decomposed)


def spoken(text: str) -> frozenset[str]:
    """What a reader takes a name for at a glance: without accents, separators and a number at its end, `4dm1n` read.

    Far too coarse to tell names apart; only for comparing with a few words.
    """
    marked = unicodedata.normalize("NFD", skeleton(text))
    bare = "".join(each for each in marked if not unicodedata.combining(each))
    readings = (bare, bare.rstrip("0123456789._-"))
    return frozenset("".join(filter(str.isalnum, reading.translate(_LEET))) for reading in readings)
