"""The limits of users and keys, kept by this process; nothing here waits for anything."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from math import ceil
from typing import Final

from ollamanet.application.inference.limit_book import LimitBook
from ollamanet.application.inference.limit_ports import CallerUsage, LimitUse, ShadowCount, Usage
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.allowance import Allowance, Moment
from ollamanet.domain.inference.allowances import Allowances
from ollamanet.domain.inference.day_window import DayKey, DayLedger, DayUse, Tally, seconds_left
from ollamanet.domain.inference.limit_rollout import Applied
from ollamanet.domain.inference.token_bucket import TokenBucket
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.inference.shadow_quota import ShadowQuota

_SMOOTHING: Final = 0.2


class LocalReservation:
    """One request's part of its user's limits; made by `LocalQuota.reserve` only.

    Attributes:
        weight: the user's share of the replicas.
    """

    __slots__ = ("_allowances", "_number", "_quota", "_reserved", "_settled", "_since", "_whose", "weight")

    def __init__(
        self,
        quota: "LocalQuota",
        number: int,
        allowances: Sequence[Allowance],
        whose: DayKey,
        tokens: int,
        now: float,
        weight: float,
    ) -> None:
        """Taken already."""
        self.weight: Final = weight
        self._quota = quota
        self._number = number
        self._allowances = allowances
        self._whose = whose
        self._reserved = tokens
        self._since = now
        self._settled = False

    def settle(self, tokens: int | None) -> None:
        """Give back what was reserved and charge what was taken; the first call counts."""
        if self._settled:
            return
        self._settled = True
        now = self._quota.clock.monotonic()
        for allowance in self._allowances:
            allowance.settle(self._number, self._reserved, tokens, now)
        self._quota.ledger.settle(self._whose, reserved=self._reserved, tokens=tokens)
        if tokens is not None:
            self._quota.held(now - self._since)


class LocalQuota:
    """Satisfies `Quota`, `UsageMeter` and `ShadowCounts`.

    Attributes:
        ledger: what was used of the day; whoever stores it takes it from there.
    """

    def __init__(self, book: LimitBook, ledger: DayLedger, clock: Clock) -> None:
        """Begin with what the ledger knows of today."""
        self.ledger: Final = ledger
        self.clock: Final = clock
        self._book: Final = book
        self._allowances: Final = Allowances()
        self._shadow: Final = ShadowQuota()
        self._numbers: Final = count()
        self._usual_hold: float | None = None

    def reserve(self, request: ReplyRequest, *, tokens: int) -> LocalReservation:
        """Take one request and its tokens off what the user and the key may have; see the port."""
        moment = self._moment(self.clock.now())
        user, key = request.user, request.key
        applied, shadowed = self._book.both(user, request.roles, key, request.said)
        self._allowances.forget_idle(moment.now)
        allowances = self._allowances_of(applied, user, key, moment.now)
        refusal = self._refusal(allowances, user, key, tokens, moment)
        number = next(self._numbers)
        shadows: tuple[Allowance, ...] = ()
        if shadowed is not None:
            days = self.ledger.of(user), self.ledger.of(user, key)
            shadows = self._shadow.look(
                (user, key), shadowed, days, number, tokens, moment, refused=refusal is not None
            )
        if refusal is not None:
            raise refusal
        for allowance in allowances:
            allowance.take(number, tokens, moment.now)
        day = self.ledger.reserve(user, key, tokens)
        counted = (*allowances, *shadows)
        return LocalReservation(self, number, counted, (user, key, day), tokens, moment.now, applied.limits.weight)

    def usage(self, actor: Actor) -> CallerUsage:
        """What the caller uses now, and the key that he came with."""
        at = self.clock.now()
        moment, user, key = self._moment(at), actor.user_id, actor.key
        own, *keys = self._seen(actor, moment.now)
        mine = _usage(own, self.ledger.of(user), moment)
        return CallerUsage(at, mine, _usage(keys[0], self.ledger.of(user, key), moment) if keys else None)

    def minute(self, actor: Actor) -> tuple[LimitUse, LimitUse]:
        """What of that each response to a chat says."""
        now = self.clock.monotonic()
        own, *keys = (_minute(allowance, now) for allowance in self._seen(actor, now))
        return (min(own[0], keys[0][0], key=_left), min(own[1], keys[0][1], key=_left)) if keys else own

    def _seen(self, actor: Actor, now: float) -> tuple[Allowance, ...]:
        """The user's allowance, and his key's if he came with one."""
        user, key = actor.user_id, actor.key
        applied = self._book.applied(actor)
        own = self._allowances.seen((user, None), applied.limits, now)
        if key is None:
            return (own,)
        return own, self._allowances.seen((user, key), applied.key or applied.limits, now)

    def shadow_count(self, number: int) -> ShadowCount | None:
        """What was counted for a version in shadow."""
        return self._shadow.counts.get(number)

    def held(self, seconds: float) -> None:
        """A request took so long; from this comes how long another is to wait for the end of one."""
        usual = self._usual_hold
        self._usual_hold = seconds if usual is None else usual + _SMOOTHING * (seconds - usual)

    @property
    def remembered(self) -> int:
        """Users and keys whose minute is not as new; idle ones are forgotten."""
        return len(self._allowances)

    def _moment(self, at: datetime) -> Moment:
        wall = at.timestamp()
        self.ledger.turn(wall)
        return Moment(self.clock.monotonic(), seconds_left(wall), self._usual_hold or 1.0)

    def _allowances_of(self, applied: Applied, user: UserId, key: str | None, now: float) -> tuple[Allowance, ...]:
        own = self._allowances.use((user, None), applied.limits, now)
        if key is None:
            return (own,)
        # A key without limits of its own is counted under its user's, which it can never reach before him.
        return own, self._allowances.use((user, key), applied.key or applied.limits, now)

    def _refusal(
        self, allowances: tuple[Allowance, ...], user: UserId, key: str | None, tokens: int, moment: Moment
    ) -> Refusal | None:
        found = allowances[0].refusal(tokens, moment, self.ledger.of(user), "your")
        if len(allowances) > 1:
            of_key = allowances[1].refusal(tokens, moment, self.ledger.of(user, key), "this API key's")
            if of_key and (found is None or (of_key.retry_after or 0.0) > (found.retry_after or 0.0)):
                return of_key
        return found


def _usage(allowance: Allowance, day: DayUse, moment: Moment) -> Usage:
    limits, spent = allowance.limits, day.spent
    return Usage(
        LimitUse(limits.concurrency, len(allowance.running), None if allowance.running else 0.0),
        *_minute(allowance, moment.now),
        LimitUse(limits.tokens_per_day, spent.tokens + day.reserved, moment.day_left),
        Tally(spent.requests, spent.tokens),
    )


def _minute(allowance: Allowance, now: float) -> tuple[LimitUse, LimitUse]:
    limits = allowance.limits
    return (
        _use(limits.requests_per_minute, allowance.requests, now),
        _use(limits.tokens_per_minute, allowance.tokens, now),
    )


def _use(limit: int, bucket: TokenBucket, now: float) -> LimitUse:
    missing = bucket.missing(now)
    return LimitUse(limit, ceil(missing), missing / bucket.rate)


def _left(use: LimitUse) -> int:
    return use.remaining or 0
