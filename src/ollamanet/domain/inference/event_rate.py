"""How often something happens, lately."""

from math import exp

_MINUTE = 60.0


class EventRate:
    """Events a minute, the last minute weighing most; constant memory."""

    def __init__(self) -> None:
        """Nothing happened yet."""
        self._weight = 0.0
        self._at = 0.0

    def count(self, now: float) -> None:
        """It happened."""
        self._weight = self._decayed(now) + 1.0
        self._at = max(now, self._at)

    def per_minute(self, now: float) -> float:
        """Events a minute, >= 0; steady events show their true rate after some minutes."""
        return self._decayed(now)

    def _decayed(self, now: float) -> float:
        return self._weight * exp(min(0.0, self._at - now) / _MINUTE)
