"""Which models one replica fails at while others work there. Pure; every call is told the time in seconds."""

from dataclasses import dataclass
from math import inf

_IN_A_ROW = 3
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 60.0
_NONE = frozenset[str]()


@dataclass(slots=True)
class _Row:
    failures: int = 0
    until: float = -inf


class ModelQuarantine:
    """After three failures in a row a model is kept away for a pause, doubled with each failure after it."""

    def __init__(self) -> None:
        """Start with none."""
        self._rows: dict[str, _Row] = {}

    def succeeded(self, model: str) -> None:
        """It works."""
        self._rows.pop(model, None)

    def failed(self, model: str, now: float) -> None:
        """It does not; what was begun before the quarantine does not make it longer."""
        row = self._rows.setdefault(model, _Row())
        if now < row.until:
            return
        row.failures += 1
        if row.failures >= _IN_A_ROW:
            exponent = min(row.failures - _IN_A_ROW, 10)
            row.until = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**exponent)

    def models(self, now: float) -> frozenset[str]:
        """Those that are kept away now."""
        # Asked after each request, and nearly always there are none.
        return frozenset([model for model, row in self._rows.items() if now < row.until]) if self._rows else _NONE

    def next_change(self, now: float) -> float:
        """When one of them may come back; infinite for never."""
        return min((row.until for row in self._rows.values() if now < row.until), default=inf)
