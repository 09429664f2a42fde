"""What is wrong with a file of model profiles, and where."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake.

    Attributes:
        line: from 1.
        place: the keys that lead there, joined by dots; empty for the file as a whole.
        expected: what should stand there.
        given: what stands there, shortened; None where that says nothing.
    """

    line: int
    place: str
    expected: str
    given: str | None = None


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Collects them, so that all are told at once."""

    found: list[Mistake] = field(default_factory=list)

    def add(self, line: int, place: str, expected: str, given: str | None = None) -> None:
        """Note one."""
        shown = None if given is None else repr(given if len(given) <= _LONGEST else given[: _LONGEST - 3] + "...")
        self.found.append(Mistake(line, place, expected, shown))

    def unknown(self, line: int, place: str, word: str, known: list[str], expected: str) -> None:
        """Note a word that is none of the known ones, with the one that was probably meant."""
        close = get_close_matches(word, known, n=1)
        self.add(line, place, f"{expected}; did you mean {close[0]}?" if close else f"{expected}: {', '.join(known)}")

    def in_order(self) -> tuple[Mistake, ...]:
        """All of them, by line."""
        return tuple(sorted(self.found, key=lambda mistake: mistake.line))


class ModelsFileInvalid(Exception):
    """The file cannot be used.

    Attributes:
        mistakes: 1..n, by line.
    """

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("; ".join(f"line {each.line}: {each.place}: expected {each.expected}" for each in mistakes))
        self.mistakes: Final = mistakes
