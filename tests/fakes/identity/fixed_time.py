"""Time that stands still until it is told to move, and identifiers that count."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class FixedClock:
    """Both clocks move together, by `advance`."""

    def __init__(self) -> None:
        self._passed = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return 1000.0 + self._passed

    def advance(self, seconds: float) -> None:
        self._passed += seconds


class CountedIds:
    """UUIDs of version 7 in form, numbered from 1."""

    def __init__(self) -> None:
        self._made = 0

    def new(self) -> UUID:
        self._made += 1
        return UUID(f"00000000-0000-7000-8000-{self._made:012x}")
