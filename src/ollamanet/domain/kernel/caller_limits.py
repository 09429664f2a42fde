"""Limits that an account brings along, from its roles, of its own, or of the API key that it came with."""

from dataclasses import dataclass, fields, replace
from typing import Final, Self


@dataclass(frozen=True, slots=True)
class CallerLimits:
    """What is said about one caller; None where nothing is said, and the service's own limits hold.

    Attributes:
        concurrency: requests that wait and run at once, >= 1.
        requests_per_minute: >= 1.
        tokens_per_minute: prompt and answer together, >= 1.
        tokens_per_day: by the UTC day, >= 1.
        weight: the share of the replicas relative to that of others, > 0.
        models: keys of the models (`ModelName.key`) that may be asked; an empty set is none at all.
    """

    concurrency: int | None = None
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None
    weight: float | None = None
    models: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """A limit of nothing would be a lock."""
        counts = (self.concurrency, self.requests_per_minute, self.tokens_per_minute, self.tokens_per_day)
        if any(count is not None and count < 1 for count in counts):
            raise ValueError(f"limits have to be 1 or more: {self}")
        if self.weight is not None and not 0 < self.weight < float("inf"):
            raise ValueError(f"a weight has to be more than 0: {self}")

    def over(self, other: Self) -> Self:
        """These, and where they say nothing the other's."""
        gaps = {each.name for each in fields(self) if getattr(self, each.name) is None}
        return replace(self, **{name: getattr(other, name) for name in gaps})

    def numbers(self) -> dict[str, float]:
        """What is said, by the names of the limits, `models` not among them."""
        return {
            each.name: value
            for each in fields(self)
            if each.name != "models" and (value := getattr(self, each.name)) is not None
        }


NOTHING_SAID: Final = CallerLimits()


@dataclass(frozen=True, slots=True)
class SaidLimits:
    """All that is said about one caller's numbers, apart from the versions of the limits.

    Attributes:
        own: by his account.
        general: by his account, and where that says nothing by his roles.
        key: by the API key that he came with; it can only make them less.
    """

    own: CallerLimits = NOTHING_SAID
    general: CallerLimits = NOTHING_SAID
    key: CallerLimits = NOTHING_SAID


NOBODY_SAID: Final = SaidLimits()
