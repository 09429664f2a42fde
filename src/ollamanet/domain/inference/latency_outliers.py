"""Which replicas are much slower than the others at the same model. Pure; every call is told the time in seconds."""

from dataclasses import dataclass
from math import inf
from statistics import median

from ollamanet.domain.inference.tickets import ReplicaId

_SMOOTHING = 0.2


@dataclass(frozen=True, slots=True)
class OutlierPolicy:
    """When a replica is taken for an outlier, and for how long.

    Attributes:
        times: how often the median of the others it has to take (> 1).
        at_least: seconds that it has to take longer than they: of two fast ones none is slow.
        samples: measurements of each replica that are needed, where at least two others can be compared.
        samples_of_two: the same where there is only one other.
        first_ejection: seconds that it is put last; as much longer each time it happens again.
        longest_ejection: seconds that none exceeds; after as many without one, the next counts as the first.
    """

    times: float = 3.0
    at_least: float = 0.5
    samples: int = 5
    samples_of_two: int = 15
    first_ejection: float = 30.0
    longest_ejection: float = 300.0


@dataclass(slots=True)
class _Smoothed:
    seconds: float
    samples: int = 1

    def add(self, seconds: float) -> None:
        self.seconds += _SMOOTHING * (seconds - self.seconds)
        self.samples += 1


@dataclass(frozen=True, slots=True)
class Ejection:
    """A replica that is put last, until a time (seconds) and for a reason in words."""

    until: float
    reason: str


class LatencyOutliers:
    """Compares smoothed latencies by model; never ejects more than half of the replicas.

    When an ejection is over, what was measured of the replica is forgotten: it has to prove slow anew, since it got
    hardly any work meanwhile.
    """

    def __init__(self, policy: OutlierPolicy) -> None:
        """Start without measurements."""
        self._policy = policy
        self._known: dict[ReplicaId, dict[str, _Smoothed]] = {}
        self._ejected: dict[ReplicaId, Ejection] = {}
        self._history: dict[ReplicaId, tuple[int, float]] = {}

    def add(self, replica: ReplicaId) -> None:
        """It is one of the fleet."""
        self._known.setdefault(replica, {})

    def remove(self, replica: ReplicaId) -> None:
        """It is not any more."""
        self.forget(replica)
        self._known.pop(replica, None)

    def forget(self, replica: ReplicaId) -> None:
        """It is another than it was: nothing that was measured holds."""
        self._known.get(replica, {}).clear()
        self._ejected.pop(replica, None)
        self._history.pop(replica, None)

    def ejection(self, replica: ReplicaId, now: float) -> Ejection | None:
        """Whether it is put last now."""
        found = self._ejected.get(replica)
        return found if found is not None and now < found.until else None

    def noted(self, replica: ReplicaId, model: str, seconds: float, now: float) -> bool:
        """A request took so long (>= 0); nothing for a replica that is not of the fleet.

        Returns:
            Whether that makes it an outlier from now on.
        """
        models = self._known.get(replica)
        if models is None or self.ejection(replica, now) is not None:
            return False
        if self._ejected.pop(replica, None) is not None:
            models.clear()
        mine = models.get(model)
        if mine is None:
            mine = models[model] = _Smoothed(seconds)
        else:
            mine.add(seconds)
        usual = self._usual(replica, model, mine)
        if mine.seconds <= max(usual * self._policy.times, usual + self._policy.at_least):
            return False
        return self._eject(replica, f"{mine.seconds:.1f} s for {model} where others take {usual:.1f} s", now)

    def _usual(self, replica: ReplicaId, model: str, mine: _Smoothed) -> float:
        """What the others take; infinite while that cannot be said."""
        others = [models[model] for other, models in self._known.items() if other != replica and model in models]
        policy = self._policy
        for needed, least in ((policy.samples, 2), (policy.samples_of_two, 1)):
            measured = [other.seconds for other in others if other.samples >= needed]
            if len(measured) >= least and mine.samples >= needed:
                return median(measured)
        return inf

    def _eject(self, replica: ReplicaId, reason: str, now: float) -> bool:
        ejected = sum(now < each.until for each in self._ejected.values())
        if (ejected + 1) * 2 > len(self._known):
            return False
        policy = self._policy
        times, ended = self._history.get(replica, (0, now))
        times = 1 if now - ended >= policy.longest_ejection else times + 1
        until = now + min(policy.longest_ejection, policy.first_ejection * times)
        self._history[replica] = times, until
        self._ejected[replica] = Ejection(until, reason)
        return True
