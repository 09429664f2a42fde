"""A clock that goes only when a test says so."""

from datetime import UTC, datetime, timedelta


class HandClock:
    """Starts at noon of a day; `monotonic` starts at 1000 s."""

    def __init__(self) -> None:
        self._passed = 0.0

    def passes(self, seconds: float) -> None:
        self._passed += seconds

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 12, tzinfo=UTC) + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return 1000.0 + self._passed
