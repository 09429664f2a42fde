"""A rate as a bucket: it refills continuously, and what turned out larger than was thought is owed."""

from dataclasses import dataclass

MINUTE = 60.0
_DUST = 1e-6
"""Tokens; what floating point may lose must not turn somebody away at the very moment that was told."""


@dataclass(slots=True)
class TokenBucket:
    """What may be taken of a rate; each call is told the time, in seconds, that never goes back.

    Attributes:
        capacity: what may be taken at once after a rest (the burst), > 0; also what a minute brings.
        level: what is there; below 0 it is a debt.
        at: when the level was true, in seconds.
    """

    capacity: float
    level: float
    at: float

    @classmethod
    def full(cls, per_minute: float, now: float) -> "TokenBucket":
        """One that was not used yet, for so many (> 0) a minute."""
        return cls(per_minute, per_minute, now)

    @property
    def rate(self) -> float:
        """What comes in a second."""
        return self.capacity / MINUTE

    def available(self, now: float) -> float:
        """What is there now; negative for a debt."""
        if now > self.at:
            self.level = min(self.capacity, self.level + (now - self.at) * self.capacity / MINUTE)
            self.at = now
        return self.level

    def wait_for(self, amount: float, now: float) -> float:
        """Seconds (>= 0) until `amount` can be taken, if nobody else takes any.

        More than the capacity can be taken when the bucket is full, and leaves a debt: nobody is refused for ever.
        """
        missing = min(amount, self.capacity) - self.available(now)
        return missing / self.rate if missing > _DUST else 0.0

    def take(self, amount: float, now: float) -> None:
        """Take it, whether it is there or not."""
        self.level = self.available(now) - amount

    def give_back(self, amount: float, now: float) -> None:
        """Put back what was not needed; a negative amount charges what was needed beyond. Never above the capacity."""
        self.level = min(self.capacity, self.available(now) + amount)

    def is_full(self, now: float) -> bool:
        """Whether everything is there."""
        return self.level + (now - self.at) * self.capacity / MINUTE >= self.capacity

    def missing(self, now: float) -> float:
        """What was taken and is not there again, >= 0."""
        return self.capacity - self.available(now)

    def resize(self, per_minute: float, now: float) -> None:
        """Change the rate; what is in use stays in use, so that a new limit is no new start."""
        used = self.missing(now)
        self.capacity = per_minute
        self.level = per_minute - used
