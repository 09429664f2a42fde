"""The day over which tokens are counted: it begins and ends at midnight, UTC."""

from dataclasses import dataclass, field
from typing import Final

from ollamanet.domain.kernel.ids import UserId

DAY: Final = 86_400.0

DayKey = tuple[UserId, str | None, int]
"""Whose, with which API key (None for a sign-in), on which day."""


def day_of(now: float) -> int:
    """Days since 1970-01-01; `now` is in seconds since then, UTC."""
    return int(now // DAY)


def seconds_left(now: float) -> float:
    """Seconds (> 0) until the next day."""
    return (day_of(now) + 1) * DAY - now


@dataclass(slots=True)
class Tally:
    """What was counted.

    Attributes:
        requests: that reached a replica.
        tokens: prompt and answer together, as measured.
    """

    requests: int = 0
    tokens: int = 0

    def add(self, requests: int, tokens: int) -> None:
        """Count more."""
        self.requests += requests
        self.tokens += tokens


@dataclass(slots=True)
class DayUse:
    """What one user, or one key, has used of the day.

    Attributes:
        spent: by requests that are over.
        reserved: tokens that running requests are expected to need.
    """

    spent: Tally = field(default_factory=Tally)
    reserved: int = 0

    def has_room(self, tokens: int, limit: int | None) -> bool:
        """Whether so many may be taken; more than the whole limit may as the first of the day, and never else."""
        return limit is None or self.spent.tokens + self.reserved + min(tokens, limit) <= limit


@dataclass(slots=True)
class DayLedger:
    """What everybody has used of one day, and what of it is not stored yet.

    It forgets everybody at midnight; until then it keeps two numbers for each user and key that asked.

    Attributes:
        day: which day; it never goes back.
    """

    day: int
    _users: dict[UserId, DayUse] = field(default_factory=dict)
    _keys: dict[tuple[UserId, str], DayUse] = field(default_factory=dict)
    _unsaved: dict[DayKey, Tally] = field(default_factory=dict)

    def turn(self, now: float) -> None:
        """Begin a new day, if it is one."""
        if (day := day_of(now)) > self.day:
            self.day, self._users, self._keys = day, {}, {}

    def of(self, user: UserId, key: str | None = None) -> DayUse:
        """What the user, or one of his keys, has used; to be read only."""
        found = self._users.get(user) if key is None else self._keys.get((user, key))
        return found or DayUse()

    def reserve(self, user: UserId, key: str | None, tokens: int) -> int:
        """A request is let in; returns the day that `settle` is to be told."""
        for use in self._of_both(user, key):
            use.reserved += tokens
        return self.day

    def settle(self, whose: DayKey, *, reserved: int, tokens: int | None) -> None:
        """A request is over; it counts for the day on which it was let in, and not if no replica had it (None)."""
        user, key, day = whose
        if day == self.day:
            for use in self._of_both(user, key):
                use.reserved -= reserved
                if tokens is not None:
                    use.spent.add(1, tokens)
        if tokens is not None:
            self._not_yet_saved(whose, Tally(1, tokens))

    def restore(self, whose: DayKey, stored: Tally) -> None:
        """Take over what was stored before this process began; once for each, before the first request."""
        user, key, day = whose
        if day == self.day:
            for use in self._of_both(user, key):
                use.spent.add(stored.requests, stored.tokens)

    def take_unsaved(self) -> dict[DayKey, Tally]:
        """What is to be added to what is stored; it counts as stored from now on."""
        unsaved, self._unsaved = self._unsaved, {}
        return unsaved

    def not_saved(self, whose: DayKey, tally: Tally) -> None:
        """It could not be stored after all."""
        self._not_yet_saved(whose, tally)

    def _not_yet_saved(self, whose: DayKey, tally: Tally) -> None:
        if (before := self._unsaved.get(whose)) is None:
            self._unsaved[whose] = tally
        else:
            before.add(tally.requests, tally.tokens)

    def _of_both(self, user: UserId, key: str | None) -> tuple[DayUse, ...]:
        if (own := self._users.get(user)) is None:
            own = self._users[user] = DayUse()
        if key is None:
            return (own,)
        if (of_key := self._keys.get((user, key))) is None:
            of_key = self._keys[user, key] = DayUse()
        return own, of_key
