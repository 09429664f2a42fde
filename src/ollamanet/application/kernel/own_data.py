"""What a module has of one user, as files for him; whoever gathers them is another module."""

from collections.abc import AsyncGenerator
from typing import Protocol

from ollamanet.domain.kernel.ids import UserId


class OwnData(Protocol):
    """A module's part of all that is stored about somebody."""

    @property
    def folder(self) -> str:
        """The name of the folder that its files are for."""
        ...

    def files(self, owner: UserId) -> AsyncGenerator[tuple[str, bytes], None]:
        """His files, piece by piece and in the same order each time; nothing of them is gathered in memory.

        Yields:
            The file's path below the folder, and its next bytes; all pieces of a file come one after the other. A path
            is safe (`is_safe_path`) whatever its owner called the things in it.
        """
        ...
