"""Lists come in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is wanted.

    Attributes:
        page: from 1.
        page_size: 1 to 200 items.
    """

    page: int = 1
    page_size: int = 20

    @property
    def offset(self) -> int:
        """Items that stand before this page."""
        return (self.page - 1) * self.page_size


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; empty past the end.

    Attributes:
        items: 0..page_size of them.
        total: items in the whole list.
    """

    items: Sequence[Item]
    page: int
    page_size: int
    total: int
