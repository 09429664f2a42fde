"""What did somebody take, day by day?"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ollamanet.application.kernel.parts import each_of
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """What was taken on one day (`2026-11-22`, UTC) by a sign-in, or by an API key."""

    day: str
    api_key: str | None
    requests: int
    tokens: int


class WholeUsage(Protocol):
    """Reads it, oldest first, in parts that are small enough to be held in memory; the last one is empty."""

    async def days(self, owner: UserId, after: DayOfUse | None) -> Sequence[DayOfUse]:
        """The owner's days after that one."""
        ...


@dataclass(frozen=True, slots=True)
class ExportUsage:
    """The owner's days; whoever asks has made sure that he is the owner."""

    store: WholeUsage

    def days(self, owner: UserId) -> AsyncGenerator[DayOfUse, None]:
        """All of them, the oldest first."""
        return each_of(lambda after: self.store.days(owner, after))
