"""Keeps work away from what fails, and lets one request try whether it works again.

Pure: no clock and no randomness; each call is told the time in seconds, and where a pause begins also a number in
[0, 1) by which it is shortened, so that many breakers that opened together do not try again together.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from math import inf


class BreakerState(StrEnum):
    """Whether work gets through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One attempt gets through, on trial."""


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When it opens, and for how long.

    Attributes:
        in_a_row: failures in a row that open it, >= 1.
        of_recent: of that many recent outcomes (>= 2) half are failures: that opens it too, for what works just long
            enough to break a row.
        recent: seconds (> 0) in which an outcome counts.
        first_pause: seconds (> 0) that it stays open the first time; twice as long each time a trial fails.
        longest_pause: seconds that no pause exceeds.
        jitter: the part of a pause, in [0, 1), that chance may take off.
        trial: seconds (> 0) for which others wait for the trial; it may still succeed or fail after that.
    """

    in_a_row: int = 3
    of_recent: int = 8
    recent: float = 60.0
    first_pause: float = 1.0
    longest_pause: float = 6.0
    jitter: float = 0.25
    trial: float = 5.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that the breaker let through; whoever has it tells the breaker once how it went.

    Attributes:
        era: counts how often the breaker changed; what an attempt of an earlier era says is no news.
        trial: it is the one that a half-open breaker lets through.
        until: while it is the only one, in seconds.
    """

    era: int
    trial: bool
    until: float = inf


class CircuitBreaker:
    """Closed until failures open it; open for a pause; then half open until one trial succeeds or fails.

    Attributes:
        state: of the three.
        retry_at: when an open one may be tried again; infinite otherwise.
    """

    def __init__(self, policy: BreakerPolicy) -> None:
        """Start closed."""
        self._policy = policy
        self._era = 0
        self._opened = 0
        self._failures = 0
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=policy.of_recent)
        self._trial: Attempt | None = None
        self.state = BreakerState.CLOSED
        self.retry_at = inf

    def admit(self, now: float) -> Attempt | None:
        """Let something through, or not."""
        if self.state is BreakerState.CLOSED:
            return Attempt(self._era, trial=False)
        # A trial that hangs, or has a large model loaded, must not keep everybody else waiting for its end.
        if self.state is BreakerState.OPEN or (self._trial is not None and now < self._trial.until):
            return None
        self._trial = Attempt(self._era, trial=True, until=now + self._policy.trial)
        return self._trial

    def succeeded(self, attempt: Attempt, now: float) -> None:
        """It went well."""
        if attempt.era != self._era:
            return
        if attempt.trial:
            self.close()
        else:
            self._failures = 0
            self._outcomes.append((now, True))

    def failed(self, attempt: Attempt, now: float, chance: float) -> bool:
        """It did not; whether that opened the breaker."""
        if attempt.era != self._era:
            return False
        if attempt.trial:
            self.trip(now, chance)
            return True
        return self._count_failure(now, chance)

    def failed_later(self, now: float, chance: float) -> bool:
        """Something that had succeeded failed after all; as above.

        Nobody knows any more when it began, so only a closed breaker counts it.
        """
        return self.state is BreakerState.CLOSED and self._count_failure(now, chance)

    def abandoned(self, attempt: Attempt) -> None:
        """It said nothing about what is behind the breaker; another may be the trial."""
        if self._trial is attempt:
            self._trial = None

    def trip(self, now: float, chance: float) -> None:
        """Open it, or open it for longer: what was tried failed, or other evidence says that nothing would work."""
        policy = self._policy
        # Beyond this exponent any pause has reached the longest one, and the power would overflow at last.
        pause = min(policy.longest_pause, policy.first_pause * 2.0 ** min(self._opened, 30))
        self._opened += 1
        self._enter(BreakerState.OPEN)
        self.retry_at = now + pause * (1.0 - policy.jitter * chance)

    def half_open(self, now: float) -> bool:
        """Let one attempt through if the pause is over; whether it became half open."""
        if self.state is not BreakerState.OPEN or now < self.retry_at:
            return False
        self._enter(BreakerState.HALF_OPEN)
        return True

    def close(self) -> None:
        """Let everything through, and forget all failures."""
        self._opened = 0
        self._enter(BreakerState.CLOSED)

    def _enter(self, state: BreakerState) -> None:
        self.state, self.retry_at = state, inf
        self._era += 1
        self._trial = None
        self._failures = 0
        self._outcomes.clear()

    def _count_failure(self, now: float, chance: float) -> bool:
        policy = self._policy
        self._failures += 1
        self._outcomes.append((now, False))
        recent = [ok for at, ok in self._outcomes if now - at <= policy.recent]
        mostly = len(recent) >= policy.of_recent and recent.count(False) * 2 >= len(recent)
        if mostly or self._failures >= policy.in_a_row:
            self.trip(now, chance)
            return True
        return False
