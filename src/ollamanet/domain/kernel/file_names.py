"""Names of files that are harmless wherever somebody unpacks them."""

import re
import unicodedata
from typing import Final

LONGEST_PATH: Final = 240
_LONGEST_PART: Final = 120
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{digit}" for name in ("com", "lpt") for digit in "0123456789")}
)


def slug_of(text: str, *, longest: int = 40) -> str:
    """The letters and digits of a text for a file's name, joined by `-`: `Why is it blue?` is `why-is-it-blue`.

    Args:
        text: anything that somebody typed.
        longest: characters at most, >= 1.

    Returns:
        0..longest characters; empty when there is no letter in it.
    """
    words = "".join(
        each if each.isalnum() else " " for each in unicodedata.normalize("NFKC", text[: 4 * longest]).casefold()
    )
    return "-".join(words.split())[:longest].strip("-")


def is_safe_path(path: str) -> bool:
    """Whether `/` parts it into names that no system takes for anything else: none leads up, or names a device."""
    return len(path) <= LONGEST_PATH and all(map(_is_safe_name, path.split("/")))


def _is_safe_name(name: str) -> bool:
    return (
        0 < len(name) <= _LONGEST_PART
        and name.isprintable()
        and _NOT_IN_NAMES.search(name) is None
        and not name.startswith((" ", "."))
        and not name.endswith((" ", "."))
        and name.partition(".")[0].casefold() not in _DEVICES
    )
