"""Which new passwords are too easy to guess, after NIST SP 800-63B.

There are no rules of composition; but nothing may be on the list, say who one is, repeat itself, or count on.
"""

import re
from collections.abc import Collection, Iterable
from itertools import pairwise
from typing import Final

from ollamanet.domain.identity.look_alikes import skeleton
from ollamanet.domain.identity.password import Password
from ollamanet.domain.kernel.errors import InvalidRequest

SERVICE_NAMES: Final = ("ollamanet", "ollama")

_REST: Final = 6  # characters besides one's own names that make a password more than these
_PADDING: Final = 8  # as many as a date has: `dragon19871225` is `dragon`
_SHORTEST_NAME: Final = 3
_SHORTEST_WORD: Final = 4
_LONGEST_PAIR: Final = 80

_LEET: Final = (str.maketrans("013457$@!|", "oieastsaii"), str.maketrans("013457$@!|", "oleastsall"))
_SEPARATORS: Final = re.compile(r"[\W_]+")

# Each character, and what comes next on a keyboard or when one counts; both ways count.
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz", "12345678901", "!@#$%^&*()_+", "741", "852", "963",
    "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop", "azertyuiop",
    "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/", "!qaz", "@wsx", "#edc", "$rfv",
)  # fmt: skip
_NEXT: Final = frozenset(step for row in _ROWS for pair in pairwise(row) for step in (pair, pair[::-1]))


def require_hard_to_guess(password: Password, *, names: Iterable[str], common: Collection[str]) -> None:
    """Refuse what an attacker tries first.

    Args:
        password: a new one, of the right length.
        names: what is known of its owner: user name, address.
        common: common passwords and words of them, folded, without separators.

    Raises:
        InvalidRequest: says which of the rules; never repeats the password.
    """
    text = skeleton(password.secret)
    if _repeats(text):
        raise InvalidRequest("password: it repeats a few characters; take several words that have nothing in common")
    if _counts_on(text):
        raise InvalidRequest("password: it is a row of a keyboard, or counts on; take several unrelated words")
    if _is_made_of(text, (*names, *SERVICE_NAMES)):
        raise InvalidRequest("password: it is little more than your own name, or that of this service")
    if is_common(text, common):
        raise InvalidRequest("password: it is one of those that are tried first; take several unrelated words")


def is_common(text: str, common: Collection[str]) -> bool:
    """Whether a folded text is on the list, or two words of it, with a number or signs around or letters replaced."""
    return any(_listed(each, common) for each in _readings(text))


def _repeats(text: str) -> bool:
    # A text that is shifted by its period is itself; four kinds of characters are few, however they are ordered.
    period = next(size for size in range(1, len(text) + 1) if text[size:] == text[: len(text) - size])
    return len(set(text)) < 5 or period < 5


def _counts_on(text: str) -> bool:
    steps = list(pairwise(text))
    surprises = sum(one != other and (one, other) not in _NEXT for one, other in steps)
    return surprises <= len(steps) // 4


def _is_made_of(text: str, names: Iterable[str]) -> bool:
    whole = {_SEPARATORS.sub("", skeleton(name)) for name in names}
    parts = {part for name in names for part in _SEPARATORS.split(skeleton(name))}
    known = sorted(whole | parts, key=len, reverse=True)
    for reading in (text, *(text.translate(leet) for leet in _LEET)):
        rest = _SEPARATORS.sub("", reading)
        for name in known:
            if len(name) >= _SHORTEST_NAME:
                rest = rest.replace(name, "")
        if len(rest) < _REST or _only_fills_up(rest):
            return True
    return False


def _only_fills_up(rest: str) -> bool:
    is_number = len(rest) <= _PADDING and not any(map(str.isalpha, rest))
    return is_number or _counts_on(rest)


def _readings(text: str) -> set[str]:
    """The text with and without what is around its letters, with signs that stand for letters read both ways."""
    letters = [place for place, character in enumerate(text) if character.isalpha()] or [0]
    first, end = letters[0], letters[-1] + 1
    cores = (text, text[first:], text[:end], text[first:end])
    usual = [core for core in cores if len(text) - len(core) <= _PADDING]
    read = {reading for core in usual for reading in (core, *(core.translate(leet) for leet in _LEET))}
    return {_SEPARATORS.sub("", reading) for reading in read}


def _listed(text: str, common: Collection[str]) -> bool:
    if text in common or len(text) > _LONGEST_PAIR:
        return text in common
    cuts = range(_SHORTEST_WORD, len(text) - _SHORTEST_WORD + 1)
    return any(text[:cut] in common and text[cut:] in common for cut in cuts)
