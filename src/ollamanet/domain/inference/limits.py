"""What a user, or an API key, may take: numbers, whom they are for, and whose word counts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import Any

from ollamanet.domain.kernel.caller_limits import NOBODY_SAID, CallerLimits, SaidLimits
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class UserLimits:
    """The limits of one user, or of one of his keys.

    Attributes:
        concurrency: requests that wait and run at once, >= 1.
        requests_per_minute: >= 1; as many at once after a rest.
        tokens_per_minute: prompt and answer together, >= 1; as many at once after a rest.
        tokens_per_day: by the UTC day, >= 1; None for no limit.
        weight: the user's share of the replicas relative to that of others, > 0.
    """

    concurrency: int
    requests_per_minute: int
    tokens_per_minute: int
    tokens_per_day: int | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Rates divide, and a limit of nothing would be a lock."""
        counts = (self.concurrency, self.requests_per_minute, self.tokens_per_minute, self.tokens_per_day or 1)
        if min(counts) < 1 or self.tokens_per_day == 0 or not 0 < self.weight < float("inf"):
            raise ValueError(f"limits have to be 1 or more, and a weight more than 0: {self}")

    def or_more(self, other: "UserLimits") -> "UserLimits":
        """The more generous of the two, number by number."""
        unlimited = self.tokens_per_day is None or other.tokens_per_day is None
        return UserLimits(
            max(self.concurrency, other.concurrency),
            max(self.requests_per_minute, other.requests_per_minute),
            max(self.tokens_per_minute, other.tokens_per_minute),
            None if unlimited else max(self.tokens_per_day or 0, other.tokens_per_day or 0),
            max(self.weight, other.weight),
        )

    def or_less(self, other: "UserLimits") -> "UserLimits":
        """The tighter of the two, number by number, but with this one's weight."""
        daily = [each for each in (self.tokens_per_day, other.tokens_per_day) if each is not None]
        return UserLimits(
            min(self.concurrency, other.concurrency),
            min(self.requests_per_minute, other.requests_per_minute),
            min(self.tokens_per_minute, other.tokens_per_minute),
            min(daily, default=None),
            self.weight,
        )

    def with_said(self, said: CallerLimits) -> "UserLimits":
        """These, but where something is said."""
        numbers: dict[str, Any] = said.numbers()
        return replace(self, **numbers) if numbers else self


class Source(StrEnum):
    """Why certain limits are a user's."""

    DEFAULT = "default"
    ROLE = "role"
    USER = "user"


@dataclass(frozen=True, slots=True)
class LimitSet:
    """One version's numbers.

    Attributes:
        number: of the version, >= 1.
        default: for whom nothing else is said.
        roles: by the name of the role; of several the most generous counts, number by number.
        users: of single users; they replace everything that is said elsewhere.
        keys: of single API keys; as far as they are tighter than those of the key's user.
    """

    number: int
    default: UserLimits
    roles: Mapping[str, UserLimits] = field(default_factory=dict)
    users: Mapping[UserId, UserLimits] = field(default_factory=dict)
    keys: Mapping[str, UserLimits] = field(default_factory=dict)

    def of(self, user: UserId, roles: Collection[str], said: SaidLimits = NOBODY_SAID) -> tuple[UserLimits, Source]:
        """The limits of a user with these roles, and why; who is more specific goes first, number by number.

        This version for the user, what his account says, this version for his roles, what the roles say themselves,
        this version for everybody. Entries of a version leave no number unsaid.
        """
        if (entry := self.users.get(user)) is not None:
            return entry, Source.USER
        if given := [self.roles[role] for role in roles if role in self.roles]:
            limits, source = reduce(UserLimits.or_more, given), Source.ROLE
        else:
            limits = self.default.with_said(said.general)
            source = Source.DEFAULT if limits is self.default else Source.ROLE
        own = limits.with_said(said.own)
        return own, Source.USER if said.own.numbers() else source

    def of_key(self, key: str, limits: UserLimits, said: CallerLimits) -> UserLimits | None:
        """The limits of an API key whose user has these: never more than his; None where nothing is said about it."""
        if (entry := self.keys.get(key)) is not None:
            return limits.or_less(entry)
        return limits.or_less(limits.with_said(said)) if said.numbers() else None

    def numbered(self, number: int) -> "LimitSet":
        """The same, as another version."""
        return replace(self, number=number)
