"""Time and identifiers come in as ports, so that use cases stay repeatable."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC, microseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...


class Ids(Protocol):
    """Where identifiers come from."""

    def new(self) -> UUID:
        """A UUID version 7, greater than every one this process made before."""
        ...
