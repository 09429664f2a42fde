"""What the operations module needs from the outside."""

from typing import Protocol


class Probe(Protocol):
    """Something the service depends on, which can be asked how it is."""

    @property
    def name(self) -> str:
        """How people see it; never holds credentials."""
        ...

    async def check(self) -> float:
        """Ask it.

        Returns:
            Seconds the answer took.

        Raises:
            Exception: it is not well; the message says how, without secrets.
        """
        ...
