"""Values of a metric's label, which have to be few: each makes a new set of series that is kept for ever."""

from collections.abc import Callable
from typing import Final

OTHER: Final = "other"
"""Stands for all values that have no series of their own."""


class BoundedLabels:
    """The first `limit` values that are known; what is not known or came too late is `other`.

    A value that once had series keeps them, or its counters would go back.

    Attributes:
        known: whether a new value may have series; the caller's own names must not be.
    """

    def __init__(self, limit: int, known: Callable[[str], bool]) -> None:
        """Nothing has series yet; `limit` >= 0."""
        self.known = known
        self._limit = limit
        self._values: set[str] = set()

    def of(self, value: str) -> str:
        """What stands in the label."""
        if value in self._values:
            return value
        if len(self._values) < self._limit and self.known(value):
            self._values.add(value)
            return value
        return OTHER


def anything(_: str) -> bool:
    """For values that are ours: only their number is bounded."""
    return True


def nothing(_: str) -> bool:
    """For values of which nobody has said yet which are known."""
    return False
