"""Which models one replica fails at while others work there. Pure; every call is told the time in seconds."""

from collections import deque
from dataclasses import dataclass, field
from math import inf

_IN_A_ROW = 3
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 60.0
_NONE = frozenset[str]()
_RECENT = 60.0
_OF_RECENT = 8
_BROKEN_OFF = 4


@dataclass(slots=True)
class _Row:
    failures: int = 0
    until: float = -inf
    begun: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=_OF_RECENT))

    def breaks_off(self, now: float) -> bool:
        return [whole for at, whole in self.begun if now - at <= _RECENT].count(False) >= _BROKEN_OFF


class ModelQuarantine:
    """After three failures in a row a model is kept away for a pause, doubled with each failure after it.

    So is one half of whose last eight answers broke off, for the first pause each time.
    """

    def __init__(self) -> None:
        """Start with none."""
        self._rows: dict[str, _Row] = {}

    def succeeded(self, model: str, now: float) -> None:
        """It works, or at least its answer began."""
        row = self._rows.get(model)
        if row is None:
            return
        row.failures = 0
        row.begun.append((now, True))
        if row.breaks_off(now):
            return
        row.until = -inf
        if all(whole or now - at > _RECENT for at, whole in row.begun):
            del self._rows[model]

    def failed(self, model: str, now: float) -> None:
        """It does not; what was begun before the quarantine does not make it longer."""
        row = self._rows.setdefault(model, _Row())
        if now < row.until:
            return
        row.failures += 1
        if row.failures >= _IN_A_ROW:
            exponent = min(row.failures - _IN_A_ROW, 10)
            row.until = now + min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**exponent)

    def broke_off(self, model: str, now: float) -> None:
        """An answer ended after its beginning, and not well."""
        row = self._rows.setdefault(model, _Row())
        row.begun.append((now, False))
        if now >= row.until and row.breaks_off(now):
            row.until = now + _FIRST_PAUSE

    def hopeless(self, model: str, now: float) -> bool:
        """Whether nobody is surprised when it fails once more."""
        row = self._rows.get(model)
        return row is not None and (row.failures >= _IN_A_ROW or row.breaks_off(now))

    def models(self, now: float) -> frozenset[str]:
        """Those that are kept away now."""
        # Asked after each request, and nearly always there are none.
        return frozenset([model for model, row in self._rows.items() if now < row.until]) if self._rows else _NONE

    def next_change(self, now: float) -> float:
        """When one of them may come back; infinite for never."""
        return min((row.until for row in self._rows.values() if now < row.until), default=inf)
