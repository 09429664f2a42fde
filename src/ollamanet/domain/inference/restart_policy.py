"""When to start again what died or does not get well."""

from dataclasses import dataclass
from enum import StrEnum

from ollamanet.domain.inference.capacity import Health


class RecoveryState(StrEnum):
    """How it stands with what keeps a replica running."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    BACKING_OFF = "backing_off"
    """It ended, and is started again after a pause."""
    CRASH_LOOPING = "crash_looping"
    """The same, and it ended several times in a row without ever having been stable."""
    PORT_TAKEN = "port_taken"
    """Something else listens where it should; tried again after a pause."""
    STOPPED = "stopped"
    WATCHING = "watching"
    """A hook stands ready."""
    ACTING = "acting"
    """A hook is running."""


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How patient to be; all in seconds.

    Attributes:
        first_pause: before the first restart, > 0; each further one in a row waits twice as long.
        longest_pause: the most that it waits, >= `first_pause`.
        stable_after: time up after which earlier ends are forgotten, >= 0.
        looping_after: ends in a row that make a crash loop, >= 1.
        unhealthy_after: time unwell without a break that calls for a restart, > 0.
        start_grace: the same for what was never well since it started, as it may still be on its way up.
    """

    first_pause: float = 1.0
    longest_pause: float = 60.0
    stable_after: float = 60.0
    looping_after: int = 5
    unhealthy_after: float = 30.0
    start_grace: float = 60.0

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures (>= 0) in a row; none waits for nothing."""
        if failures == 0:
            return 0.0
        # Beyond this the power overflows, and the answer has long been the longest pause.
        doublings = min(failures - 1, 64)
        return min(self.first_pause * 2.0**doublings, self.longest_pause)


def wellness(health: Health, *, drained: bool) -> bool | None:
    """Whether a replica is well, for `Patience`; None while an administrator keeps work away from it.

    On trial is not well yet: a breaker that goes back and forth must not make patience start anew.
    """
    if drained or health is Health.DRAINING:
        return None
    return health in {Health.HEALTHY, Health.SUSPECT}


class RestartLedger:
    """Counts the ends of one process.

    Attributes:
        starts: how often it was started.
        failures: ends in a row without a stable time between them.
    """

    def __init__(self, policy: RestartPolicy) -> None:
        """Nothing was started yet."""
        self._policy = policy
        self._since: float | None = None
        self.starts = 0
        self.failures = 0

    @property
    def restarts(self) -> int:
        """How often it was started again."""
        return max(0, self.starts - 1)

    @property
    def looping(self) -> bool:
        """It ends again and again."""
        return self.failures >= self._policy.looping_after

    def started(self, now: float) -> None:
        """It runs."""
        self.starts += 1
        self._since = now

    def failed(self, now: float) -> float:
        """It ended by itself, had to be ended, or could not be started: seconds to wait before the next start."""
        if self._since is not None and now - self._since >= self._policy.stable_after:
            self.failures = 0
        self._since = None
        self.failures += 1
        return self._policy.pause(self.failures)

    def forgive(self) -> None:
        """Somebody wants it started again: what was does not count."""
        self._since = None
        self.failures = 0


class Patience:
    """Watches one life of something, and says when it was unwell for too long."""

    def __init__(self, policy: RestartPolicy, *, was_well: bool = False) -> None:
        """Start to watch; `was_well` leaves out the grace of a start."""
        self._policy = policy
        self._was_well = was_well
        self._unwell_since: float | None = None

    def is_over(self, healthy: bool | None, now: float) -> bool:  # noqa: FBT001 - what was seen, not a switch
        """Take note of how it is, and tell whether it has to be restarted.

        Args:
            healthy: None where nobody can or should say, as while it is drained.
            now: seconds.
        """
        if healthy is not False:
            self._was_well = self._was_well or healthy is True
            self._unwell_since = None
            return False
        if self._unwell_since is None:
            self._unwell_since = now
        limit = self._policy.unhealthy_after
        if not self._was_well:
            limit = max(limit, self._policy.start_grace)
        return now - self._unwell_since >= limit


class RunLimit:
    """Keeps a hook from being run too often."""

    def __init__(self, interval: float) -> None:
        """Let `interval` seconds (>= 0) pass between two runs."""
        self._interval = interval
        self._last: float | None = None

    def wait(self, now: float) -> float:
        """Seconds until it may run; 0 if it may now."""
        return 0.0 if self._last is None else max(0.0, self._last + self._interval - now)

    def ran(self, now: float) -> None:
        """It runs now."""
        self._last = now
