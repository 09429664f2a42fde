"""What a user, or an API key, may take: numbers, and whom they are for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce

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
        users: of single users; they replace what their roles give.
        keys: of single API keys, on top of those of the key's user.
    """

    number: int
    default: UserLimits
    roles: Mapping[str, UserLimits] = field(default_factory=dict)
    users: Mapping[UserId, UserLimits] = field(default_factory=dict)
    keys: Mapping[str, UserLimits] = field(default_factory=dict)

    def of(self, user: UserId, roles: Collection[str]) -> tuple[UserLimits, Source]:
        """The limits of a user with these roles, and why."""
        if (own := self.users.get(user)) is not None:
            return own, Source.USER
        if given := [self.roles[role] for role in roles if role in self.roles]:
            return reduce(UserLimits.or_more, given), Source.ROLE
        return self.default, Source.DEFAULT

    def numbered(self, number: int) -> "LimitSet":
        """The same, as another version."""
        return replace(self, number=number)
