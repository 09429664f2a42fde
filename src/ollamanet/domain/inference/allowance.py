"""What one user, or one of his API keys, may take right now."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ollamanet.domain.inference.day_window import DayUse
from ollamanet.domain.inference.errors import QuotaExceeded, RateLimited, TooManyInFlight
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.domain.inference.token_bucket import TokenBucket
from ollamanet.domain.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Moment:
    """What the rules are told.

    Attributes:
        now: seconds that never go back.
        day_left: seconds (> 0) until the next UTC day.
        usual_hold: seconds that a request usually takes, > 0; a guess while none was measured.
    """

    now: float
    day_left: float
    usual_hold: float = 1.0


@dataclass(slots=True)
class Allowance:
    """The buckets and the running requests of one caller.

    Attributes:
        limits: that hold for him.
        requests: what is left of his requests a minute.
        tokens: what is left of his tokens a minute.
        running: when each request that is not over was let in (seconds), by a number of its own, oldest first.
    """

    limits: UserLimits
    requests: TokenBucket
    tokens: TokenBucket
    running: dict[int, float] = field(default_factory=dict)

    @classmethod
    def fresh(cls, limits: UserLimits, now: float) -> "Allowance":
        """Nothing is used."""
        requests = TokenBucket.full(limits.requests_per_minute, now)
        return cls(limits, requests, TokenBucket.full(limits.tokens_per_minute, now))

    def adopt(self, limits: UserLimits, now: float) -> None:
        """Go on with other limits; what is used stays used."""
        if limits != self.limits:
            self.requests.resize(limits.requests_per_minute, now)
            self.tokens.resize(limits.tokens_per_minute, now)
        self.limits = limits

    def refusal(self, tokens: int, moment: Moment, day: DayUse, whose: str) -> Refusal | None:
        """Why a request cannot be let in, or None; of several the one that lasts longest, with all their limits.

        Args:
            tokens: that it is expected to need, >= 1.
            moment: now.
            day: what was used of the day.
            whose: `your`, or whatever else these limits belong to.
        """
        found = list(self._refusals(tokens, moment, day, whose))
        if not found:
            return None
        told = max(found, key=lambda refusal: refusal.retry_after or 0.0)
        told.limits = {name: number for refusal in found for name, number in refusal.limits.items()}
        return told

    def take(self, number: int, tokens: int, now: float) -> None:
        """Let a request in."""
        self.running[number] = now
        self.requests.take(1, now)
        self.tokens.take(tokens, now)

    def settle(self, number: int, reserved: int, tokens: int | None, now: float) -> None:
        """A request is over; that it was made stays counted, its tokens become what was measured (None: none)."""
        del self.running[number]
        self.tokens.give_back(reserved - (tokens or 0), now)

    def is_idle(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        return not self.running and self.requests.is_full(now) and self.tokens.is_full(now)

    def _refusals(self, tokens: int, moment: Moment, day: DayUse, whose: str) -> Iterator[Refusal]:
        limits, now = self.limits, moment.now
        if len(self.running) >= limits.concurrency:
            oldest = now - next(iter(self.running.values()))
            detail = f"{len(self.running)} of {whose} requests wait or run, and {limits.concurrency} may"
            hit = {"concurrency": limits.concurrency}
            yield TooManyInFlight(detail, retry_after=max(1.0, moment.usual_hold - oldest), limits=hit)
        if (wait := self.requests.wait_for(1, now)) > 0:
            hit = {"requests_per_minute": limits.requests_per_minute}
            detail = f"{whose} {limits.requests_per_minute} requests a minute are used up"
            yield RateLimited(detail, retry_after=wait, limits=hit)
        if (wait := self.tokens.wait_for(tokens, now)) > 0:
            there = max(0, int(self.tokens.available(now)))
            detail = f"{there} of {whose} {limits.tokens_per_minute} tokens a minute are left, and this needs {tokens}"
            yield RateLimited(detail, retry_after=wait, limits={"tokens_per_minute": limits.tokens_per_minute})
        if not day.has_room(tokens, limits.tokens_per_day):
            most = limits.tokens_per_day or 0
            left = max(0, most - day.spent.tokens - day.reserved)
            detail = f"{left} of {whose} {most} tokens a day are left, and this needs {tokens}"
            yield QuotaExceeded(detail, retry_after=moment.day_left, limits={"tokens_per_day": most})
