"""What the limits of users need from the outside, and what they tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.inference.day_window import DayKey, Tally
from ollamanet.domain.inference.limit_rollout import LimitVersion


class LimitVersions(Protocol):
    """Where versions of the limits are kept; never the one that the settings make."""

    async def load(self) -> Sequence[LimitVersion]:
        """All of them.

        Raises:
            StorageUnavailable: they cannot be read.
        """
        ...

    async def save(
        self, added: Sequence[LimitVersion], changed: Sequence[LimitVersion], *, audit: Sequence[AuditEntry] = ()
    ) -> None:
        """Store new versions, what changed of old ones, and entries of the audit trail, all or nothing.

        Raises:
            Conflict: there is a version of that number already.
            StorageUnavailable: nothing was stored.
        """
        ...


class DayUses(Protocol):
    """Where the use of days is kept."""

    async def load(self, day: int) -> Mapping[DayKey, Tally]:
        """What was used of one day, by user and key."""
        ...

    async def add(self, whose: DayKey, tally: Tally) -> None:
        """Add to what is stored.

        Raises:
            Exception: it was not stored, as far as can be told.
        """
        ...


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit, as it stands.

    Attributes:
        limit: None for no limit.
        used: of it; more than the limit where a request needed more than it was thought to.
        reset_after: seconds (>= 0) until all of it is there again; None where that depends on what still runs.
    """

    limit: int | None
    used: int
    reset_after: float | None

    @property
    def remaining(self) -> int | None:
        """What may still be taken, >= 0; None for no limit."""
        return None if self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a user, or a key, uses."""

    concurrency: LimitUse
    requests_per_minute: LimitUse
    tokens_per_minute: LimitUse
    tokens_per_day: LimitUse
    today: Tally


@dataclass(frozen=True, slots=True)
class CallerUsage:
    """What a caller uses: as a user, and with the API key he came with; `at` is when that was so (UTC)."""

    at: datetime
    user: Usage
    key: Usage | None


class UsageMeter(Protocol):
    """What is used of the limits."""

    def usage(self, actor: Actor) -> CallerUsage:
        """The caller's use, now; asks nobody."""
        ...

    def minute(self, actor: Actor) -> tuple[LimitUse, LimitUse]:
        """Of that the requests and the tokens of the minute, by the tighter of the user's limits and his key's."""
        ...


@dataclass(slots=True)
class ShadowCount:
    """How a version that is only looked at would have decided, since this process began.

    Attributes:
        evaluated: requests.
        refused: of these it would have refused, by code.
        spared: it would have let in, and the limits in force did not.
    """

    evaluated: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    spared: int = 0


class ShadowCounts(Protocol):
    """What was counted for versions in shadow."""

    def shadow_count(self, number: int) -> ShadowCount | None:
        """Of one version; None if it was never in shadow."""
        ...
