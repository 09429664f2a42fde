"""A store of days that forgets, and can be told to fail."""

from collections.abc import Mapping

from ollamanet.domain.inference.day_window import DayKey, Tally


class MemoryDayUses:
    """Keeps them in a dictionary.

    Attributes:
        broken: nothing can be stored while it is set.
    """

    def __init__(self) -> None:
        self.stored: dict[DayKey, Tally] = {}
        self.broken = False

    async def load(self, day: int) -> Mapping[DayKey, Tally]:
        return {whose: tally for whose, tally in self.stored.items() if whose[2] == day}

    async def add(self, whose: DayKey, tally: Tally) -> None:
        if self.broken:
            raise OSError("the server is gone")
        self.stored.setdefault(whose, Tally()).add(tally.requests, tally.tokens)
