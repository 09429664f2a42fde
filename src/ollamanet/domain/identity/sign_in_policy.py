"""What wrong passwords in a row lead to: growing pauses, then a lock that ends by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_FREE: Final = 5
_FIRST_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords in a row.

    Attributes:
        count: how many, >= 0.
        last_at: when the last one was, aware; None without any.
        locked_until: when the lock ends that they led to, aware; None without one.
    """

    count: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None


NO_FAILURES: Final = Failures()


@dataclass(frozen=True, slots=True)
class SignInPolicy:
    """The numbers; from the fifth on each failure brings a pause twice as long as the one before, from a second on.

    Attributes:
        lock_after: failures in a row that lock, >= 1.
        lock_s: seconds (> 0) that a lock lasts, and after which failures are forgotten when no other follows.
    """

    lock_after: int = 10
    lock_s: float = 900.0

    @property
    def free(self) -> int:
        """Failures before the first pause; also what one address may try while a login is locked."""
        return min(_FREE, self.lock_after)

    def current(self, failures: Failures, now: datetime) -> Failures:
        """What still counts of them: a lock that is over, or a long silence, wipes them out."""
        if failures.locked_until is not None:
            return failures if now < failures.locked_until else NO_FAILURES
        if failures.last_at is None or (now - failures.last_at).total_seconds() >= self.lock_s:
            return NO_FAILURES
        return failures

    def locked_for(self, failures: Failures, now: datetime) -> float:
        """Seconds until the lock ends; 0 without one."""
        until = self.current(failures, now).locked_until
        return 0.0 if until is None else (until - now).total_seconds()

    def pause(self, failures: Failures, now: datetime) -> float:
        """Seconds until the next attempt may be made, where there is no lock; 0 when it may be made now."""
        counted = self.current(failures, now)
        if counted.last_at is None or counted.count < self.free:
            return 0.0
        pause: float = min(_FIRST_PAUSE * 2.0 ** min(counted.count - self.free, 32), self.lock_s)
        return max(0.0, pause - (now - counted.last_at).total_seconds())

    def after_failure(self, failures: Failures, now: datetime) -> Failures:
        """What one more leads to."""
        count = self.current(failures, now).count + 1
        until = now + timedelta(seconds=self.lock_s) if count >= self.lock_after else None
        return Failures(count, now, until)
