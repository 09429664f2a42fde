"""Tokens that were refused a moment ago: a flood of one bad token is not to become a flood of reads."""

from dataclasses import dataclass, field
from typing import Final

from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.errors import Unauthenticated

REFUSED_FOR: Final = 1.0
"""Seconds; as long as a token stays refused that has become good: of an account that was just unlocked."""


@dataclass(slots=True)
class RefusedTokens:
    """Remembers why a token was refused, for a second.

    Attributes:
        size: entries at most; the oldest make room.
    """

    clock: Clock
    size: int = 1000
    _entries: dict[str, tuple[float, type[Unauthenticated], str]] = field(default_factory=dict, repr=False)

    def check(self, token: str) -> None:
        """Pass a token that was not refused a moment ago.

        Raises:
            Unauthenticated: as it was refused then.
        """
        entry = self._entries.get(token)
        if entry is not None and self.clock.monotonic() < entry[0]:
            # A new one each time: an exception that is raised again grows by its traceback.
            raise entry[1](entry[2])

    def put(self, token: str, refusal: Unauthenticated) -> None:
        """Remember a refusal."""
        self._entries.pop(token, None)
        self._entries[token] = (self.clock.monotonic() + REFUSED_FOR, type(refusal), refusal.detail)
        if len(self._entries) > self.size:
            del self._entries[next(iter(self._entries))]

    def clear(self) -> None:
        """Drop all."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)
