"""How one replica does, from what probes and requests said of it. Pure; every call is told the time in seconds."""

from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf
from typing import Self

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.circuit_breaker import Attempt, BreakerPolicy, BreakerState, CircuitBreaker
from ollamanet.domain.inference.latency_outliers import Ejection


class Failure(Enum):
    """How a replica failed a request.

    That a model is missing, or that a request asks for what cannot be, is none: the replica did what it should.
    """

    UNREACHABLE = auto()
    BUSY = auto()
    FAILED = auto()
    GARBLED = auto()
    LOST = auto()
    TIMEOUT = auto()


@dataclass(frozen=True, slots=True)
class Cause:
    """What failed.

    Attributes:
        model: that a request was for (its key).
        reason: a sentence for people.
        of_model: the model has failed there so often that this says no more about the replica.
    """

    model: str
    reason: str
    of_model: bool = False


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """What makes a replica sick, and how often it is looked at.

    Attributes:
        breaker: when requests that fail keep work away.
        credit: seconds (> 0) for which a model's success shows that another model's failure is not the replica's.
        missed_probes: unanswered in a row they do the same, >= 1.
        proofs: answered probes (>= 1) that close a half-open breaker if it was open because the replica was dead; where
            requests failed on a live one, only a request proves that it works again.
        interval: seconds (> 0) between two probes of a replica that is well.
        soon: seconds (> 0) to the next probe while it is not sure how it is.
        jitter: the part of those times, in [0, 1), that chance may take off.
    """

    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    credit: float = 60.0
    missed_probes: int = 2
    proofs: int = 3
    interval: float = 3.0
    soon: float = 0.5
    jitter: float = 0.25


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state, and why in words."""

    health: Health
    reason: str


_WELL = Verdict(Health.HEALTHY, "it answers")


class ReplicaHealth:
    """Adds up probes, requests, slowness and what an admin wants.

    `chance` is always a number in [0, 1) by which a pause is shortened, `reason` a sentence for people.
    """

    def __init__(self, policy: HealthPolicy, *, awaited: bool = False) -> None:
        """Start as one that nothing has been heard of; one that is `awaited` gets no work until it answers."""
        self._policy = policy
        self._breaker = CircuitBreaker(policy.breaker)
        self._heard = False
        self._awaited = awaited
        self._missed = 0
        self._proofs = 0
        self._dead = False
        self._trouble = ""
        self._drained: str | None = None
        self._ejection: Ejection | None = None
        self._credits: dict[str, float] = {}

    @property
    def drained(self) -> bool:
        """An admin keeps work away."""
        return self._drained is not None

    def renewed(self) -> Self:
        """That of a new process in the place of this one: what an admin wants is all that still holds.

        It is awaited: it may not listen yet, and requests that wait would all be sent there in vain.
        """
        renewed = type(self)(self._policy, awaited=True)
        if self._drained is not None:
            renewed.drain(self._drained)
        return renewed

    # What is heard.

    def answered(self, now: float) -> None:
        """A probe was answered."""
        self._heard, self._awaited, self._missed = True, False, 0
        self._breaker.half_open(now)
        if self._breaker.state is BreakerState.HALF_OPEN and self._dead:
            self._proofs += 1
            if self._proofs >= self._policy.proofs:
                self._breaker.close()

    def missed(self, reason: str, now: float, chance: float) -> None:
        """A probe was not."""
        self._missed += 1
        state = self._breaker.state
        if state is BreakerState.CLOSED and self._missed < self._policy.missed_probes:
            self._trouble = reason
        elif state is not BreakerState.OPEN or now >= self._breaker.retry_at:
            self.gone(reason, now, chance)
        else:
            self._dead, self._trouble = True, reason

    def gone(self, reason: str, now: float, chance: float) -> None:
        """It is dead."""
        self._missed = max(self._missed, self._policy.missed_probes)
        self._dead, self._proofs, self._trouble = True, 0, reason
        self._breaker.trip(now, chance)

    def begin(self, now: float) -> Attempt | None:
        """A request is about to go to it; None if none may. Who has the attempt says once how it went."""
        return None if self._awaited else self._breaker.admit(now)

    def succeeded(self, attempt: Attempt, model: str, now: float) -> None:
        """The first piece of a model's answer came."""
        self._heard, self._missed = True, 0
        self._credits[model] = now
        self._breaker.succeeded(attempt, now)

    def failed(self, attempt: Attempt, failure: Failure, cause: Cause, now: float, chance: float) -> None:
        """No answer came, and the replica may be to blame."""
        if self._is_of_model(failure, cause, now):
            self._breaker.abandoned(attempt)
        elif self._breaker.failed(attempt, now, chance):
            self._opened(failure, cause.reason)

    def failed_later(self, failure: Failure, cause: Cause, now: float, chance: float) -> None:
        """An answer broke off after its first piece, and the replica may be to blame."""
        if not self._is_of_model(failure, cause, now) and self._breaker.failed_later(now, chance):
            self._opened(failure, cause.reason)

    def abandoned(self, attempt: Attempt) -> None:
        """The request ended in a way that says nothing about the replica."""
        self._breaker.abandoned(attempt)

    def drain(self, reason: str) -> None:
        """Keep new work away until `resume`."""
        self._drained = reason

    def resume(self) -> None:
        """End that."""
        self._drained = None

    def ejected(self, ejection: Ejection | None) -> None:
        """It is an outlier by latency, or none any more."""
        self._ejection = ejection

    def _is_of_model(self, failure: Failure, cause: Cause, now: float) -> bool:
        """A model that is broken must not take the replica from all others."""
        self._credits.pop(cause.model, None)
        if failure is Failure.UNREACHABLE:
            return False
        return cause.of_model or any(now - at <= self._policy.credit for at in self._credits.values())

    def _opened(self, failure: Failure, reason: str) -> None:
        self._dead, self._proofs, self._trouble = failure is Failure.UNREACHABLE, 0, reason

    # What follows.

    def verdict(self, now: float) -> Verdict:
        """How it is."""
        open_reason = self._trouble if self._breaker.state is BreakerState.OPEN else ""
        if self._drained is not None:
            return Verdict(Health.DRAINING, f"{self._drained} ({open_reason})" if open_reason else self._drained)
        if self._breaker.state is BreakerState.OPEN:
            return Verdict(Health.DOWN if self._missed else Health.OPEN, open_reason)
        if self._breaker.state is BreakerState.HALF_OPEN:
            return Verdict(Health.HALF_OPEN, f"{self._trouble}; it answers again, and gets one request on trial")
        if self._awaited:
            return Verdict(Health.DOWN, "it was started, and has not answered yet")
        doubt = self._doubt(now)
        return Verdict(Health.SUSPECT, doubt) if doubt else _WELL

    def _doubt(self, now: float) -> str:
        if self._missed:
            return self._trouble
        if not self._heard:
            return "it has not been heard of yet"
        if self._ejection is not None and now < self._ejection.until:
            return f"it is slow: {self._ejection.reason}"
        return ""

    def next_change(self, now: float) -> float:
        """When the verdict changes although nothing is heard; infinite for never."""
        if self._ejection is None or now >= self._ejection.until:
            return inf
        return self._ejection.until

    def next_probe(self, now: float, chance: float, *, stretch: float = 1.0) -> float:
        """When it is to be probed again, if its last probe ended now.

        Args:
            now: seconds.
            chance: as above.
            stretch: so many times as long (>= 1) between the probes of one that is well: there are many of them.
        """
        policy = self._policy
        if self._breaker.state is BreakerState.OPEN:
            return max(now, self._breaker.retry_at)
        unsure = self._awaited or self._missed > 0 or self._breaker.state is BreakerState.HALF_OPEN
        pause = policy.soon if unsure else policy.interval * stretch
        return now + pause * (1.0 - policy.jitter * chance)
