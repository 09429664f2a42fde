"""A quota with a clock that a test moves, and callers by name."""

from collections.abc import Mapping
from uuid import UUID

from tests.fakes.inference.memory_limit_versions import MemoryLimitVersions
from tests.infrastructure.inference.hand_clock import HandClock

from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.inference.limit_ports import CallerUsage
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.day_window import DayLedger, day_of
from ollamanet.domain.inference.limit_rollout import LimitVersion, Mode, Rollout
from ollamanet.domain.inference.limits import LimitSet, UserLimits
from ollamanet.domain.kernel.caller_limits import NOBODY_SAID, SaidLimits
from ollamanet.domain.kernel.chat import ReplyRequest, Role, Turn
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.local_quota import LocalQuota, LocalReservation

ADA, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))
LIMITS = UserLimits(concurrency=3, requests_per_minute=6, tokens_per_minute=600, tokens_per_day=2000)
HALF_A_DAY = 43_200.0


class QuotaDesk:
    """At noon, with nothing used."""

    def __init__(
        self,
        limits: UserLimits = LIMITS,
        *,
        keys: Mapping[str, UserLimits] | None = None,
        roles: Mapping[str, UserLimits] | None = None,
    ) -> None:
        self.clock = HandClock()
        first = LimitSet(1, limits, roles=roles or {}, keys=keys or {})
        self.book = LimitBook(Rollout.of(first, ()), MemoryLimitVersions())
        self.ledger = DayLedger(day_of(self.clock.now().timestamp()))
        self.quota = LocalQuota(self.book, self.ledger, self.clock)

    def reserve(
        self,
        tokens: int = 10,
        user: UserId = ADA,
        key: str | None = None,
        roles: frozenset[str] = frozenset(),
        said: SaidLimits = NOBODY_SAID,
    ) -> LocalReservation:
        turns = (Turn(Role.USER, "Hi"),)
        request = ReplyRequest(RequestId("request-1"), user, ModelName("m"), turns, roles=roles, key=key, said=said)
        return self.quota.reserve(request, tokens=tokens)

    def done(self, tokens: int = 10, user: UserId = ADA, key: str | None = None) -> None:
        self.reserve(tokens, user, key).settle(tokens)

    def usage(self, user: UserId = ADA, key: str | None = None) -> CallerUsage:
        return self.quota.usage(Actor(user, key=key))

    async def try_out(self, limits: UserLimits, mode: Mode, percent: float = 0.0) -> None:
        version = LimitVersion(LimitSet(0, limits), mode, percent, self.clock.now(), BOB)
        await self.book.change(lambda rollout: rollout.with_new(version))
