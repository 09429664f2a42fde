"""Tokens that were verified a moment ago: to ask the database for each request would cost more than the relay."""

from dataclasses import dataclass, field
from typing import Final

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.ids import UserId

FRESH_FOR: Final = 4.0
"""Seconds that a revocation may go unnoticed by another instance; with the age of the roles it is 5 s at most."""


@dataclass(slots=True)
class VerifiedTokens:
    """Remembers who a token stands for, for 4 s at most; for the event loop only, not for threads.

    Attributes:
        size: entries at most; the oldest make room.
    """

    clock: Clock
    size: int = 10_000
    _entries: dict[str, tuple[float, Actor]] = field(default_factory=dict, repr=False)

    def get(self, token: str) -> Actor | None:
        """Who the token stands for, if it was verified a moment ago."""
        entry = self._entries.get(token)
        if entry is None or self.clock.monotonic() >= entry[0]:
            return None
        return entry[1]

    def put(self, token: str, actor: Actor, *, expires_in: float) -> None:
        """Remember a verified token, never beyond the `expires_in` seconds (> 0) it has left."""
        now = self.clock.monotonic()
        # Taken out first, so that the dictionary's order is the order of age and its front is what goes.
        self._entries.pop(token, None)
        self._entries[token] = (now + min(FRESH_FOR, expires_in), actor)
        self._make_room(now)

    def forget(self, user_id: UserId) -> None:
        """Drop all tokens of an account; a look at every entry, as that is rare."""
        for token in [token for token, (_, actor) in self._entries.items() if actor.user_id == user_id]:
            del self._entries[token]

    def clear(self) -> None:
        """Drop all."""
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def _make_room(self, now: float) -> None:
        while self._entries:
            oldest = next(iter(self._entries))
            if len(self._entries) <= self.size and self._entries[oldest][0] > now:
                return
            del self._entries[oldest]
