"""Time and identifiers from the machine."""

import time
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


class SystemClock:
    """The clocks of the operating system."""

    def now(self) -> datetime:
        """The wall clock: aware, UTC, microseconds."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        return time.monotonic()


class UuidV7Ids:
    """UUIDs of version 7, in increasing order."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        """A UUID version 7, greater than every one this process made before."""
        made = uuid7()
        if made.int <= self._last:
            # The wall clock was set back: count on from the last one, in its random part.
            made = UUID(int=self._last + 1)
        self._last = made.int
        return made
