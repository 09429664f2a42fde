"""Tokens that were verified a moment ago: checking a signature again for each request costs more than the relay."""

from dataclasses import dataclass, field
from typing import Final

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.kernel.ids import UserId

FRESH_FOR: Final = 5.0
"""Seconds; as long as a revocation may go unnoticed."""


@dataclass(slots=True)
class VerifiedTokens:
    """Remembers who a token stands for, for 5 s at most; for the event loop only, not for threads.

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
        self._forget(now)

    def forget(self, user_id: UserId) -> None:
        """Verify anew whatever stands for this account."""
        for token in [token for token, (_, actor) in self._entries.items() if actor.user_id == user_id]:
            del self._entries[token]

    def __len__(self) -> int:
        return len(self._entries)

    def _forget(self, now: float) -> None:
        while self._entries:
            oldest = next(iter(self._entries))
            if len(self._entries) <= self.size and self._entries[oldest][0] > now:
                return
            del self._entries[oldest]
