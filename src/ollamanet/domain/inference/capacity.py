"""What the replicas can take: slots, loaded models, room for more, health and speed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.ids import RequestId

_SMOOTHING = 0.2
_GUESSED_SPEED = 30.0


class Health(StrEnum):
    """What is known about a replica's state."""

    HEALTHY = "healthy"
    SUSPECT = "suspect"
    """Takes work when no healthy one does."""
    OPEN = "open"
    """Its circuit breaker keeps work away."""
    HALF_OPEN = "half_open"
    """Takes one request at a time, on trial."""
    DRAINING = "draining"
    """Finishes what it has."""
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class ReplicaSpec:
    """One Ollama daemon, as it is configured and as it was found.

    Attributes:
        id: its name.
        installed: its models by `ModelName.key`, each with the bytes it takes when loaded (0: not known).
        slots: requests that one loaded model serves at once, >= 1.
        slots_of: models for which that number is another.
        forwarded: those of them whose requests it only passes on: they need no memory and are never loaded.
        max_loaded: models that may be loaded at once, >= 1.
        memory: bytes for loaded models.
        speed: tokens of cost per second of one slot, until it is measured; > 0, None where nobody knows.
        weight: how fast it is compared with the others, as far as one knows, until it is measured; > 0.
    """

    id: ReplicaId
    installed: Mapping[str, int]
    slots: int = 1
    slots_of: Mapping[str, int] = field(default_factory=dict)
    forwarded: frozenset[str] = frozenset()
    max_loaded: int = 1
    memory: float = inf
    speed: float | None = None
    weight: float = 1.0


@dataclass(slots=True)
class Claim:
    """A model whose patience ran out is to be loaded as soon as those that leave for it are idle."""

    model: str
    leaving: tuple[str, ...]


class Replica:
    """The state of one replica.

    Attributes:
        spec: what it is.
        health: how it does.
        speed: smoothed tokens of cost per second of one slot, over all models.
        speed_known: it is more than a guess.
        loaded: models in memory, each with the time it came.
        used: models in memory, each with the time it was last given work.
        running: requests in flight by model; never 0.
        restricted: those of them whose class is not let into reserved slots.
        outstanding: tokens that all requests in flight are expected to take.
        claim: what waits for it to become idle.
        trial: the request that it was given since it is half open, and that others wait for.
    """

    def __init__(self, spec: ReplicaSpec, health: Health = Health.HEALTHY) -> None:
        """Start idle with nothing loaded."""
        self.spec = spec
        self.health = health
        self.speed = _GUESSED_SPEED * spec.weight if spec.speed is None else spec.speed
        self.speed_known = spec.speed is not None
        self.loaded: dict[str, float] = {}
        self.used: dict[str, float] = {}
        self.running: dict[str, int] = {}
        self.restricted: dict[str, int] = {}
        self.outstanding = 0
        self.claim: Claim | None = None
        self.trial: RequestId | None = None
        self._speeds: dict[str, tuple[float, float]] = {}

    def turn(self, health: Health) -> None:
        """It is in that state from now on."""
        if health is not self.health:
            # What was begun before says nothing about how it does now, and may go on for minutes.
            self.trial = None
            self.health = health

    @property
    def takes_work(self) -> bool:
        """Whether it may be given work, now or soon."""
        # By identity: the hash of an enum's member is Python code, and this is asked several times an event.
        health = self.health
        return health is Health.HEALTHY or health is Health.SUSPECT or health is Health.HALF_OPEN

    @property
    def usable(self) -> bool:
        """Whether it may be given work at all."""
        health = self.health
        if health is Health.HALF_OPEN:
            return self.trial is None
        return health is Health.HEALTHY or health is Health.SUSPECT

    @property
    def backlog(self) -> float:
        """Seconds that what it does would take one slot."""
        return self.outstanding / self.speed

    def slots(self, model: str) -> int:
        """Requests that the model serves at once when it is loaded."""
        return self.spec.slots_of.get(model, self.spec.slots)

    def ready(self, model: str) -> bool:
        """Whether requests for the model need no load."""
        return model in self.loaded or model in self.spec.forwarded

    def has_slot(self, model: str) -> bool:
        """Whether a request for the model could run now without loading anything."""
        if not self.ready(model) or self.running.get(model, 0) >= self.slots(model):
            return False
        return self.usable and not self.leaves(model)

    def could_load(self, model: str) -> bool:
        """Whether it has the model, and not in memory."""
        return not self.ready(model) and model in self.spec.installed

    def leaves(self, model: str) -> bool:
        """Whether the model has to go when it is idle."""
        return self.claim is not None and model in self.claim.leaving

    def eviction(self, model: str, candidates: Iterable[str]) -> tuple[str, ...] | None:
        """Which of the candidates have to go, in that order, so that the model fits; None if all do not suffice.

        Alone any model fits: what the GPU cannot hold Ollama leaves to the CPU.
        """
        size, evicted, order = self.spec.installed, list[str](), iter(candidates)
        staying, taken = len(self.loaded), sum(size.get(each, 0) for each in (*self.loaded, model))
        while staying and (staying >= self.spec.max_loaded or taken > self.spec.memory):
            victim = next(order, None)
            if victim is None:
                return None
            evicted.append(victim)
            staying, taken = staying - 1, taken - size.get(victim, 0)
        return tuple(evicted)

    def load(self, model: str, evicted: Iterable[str], now: float) -> None:
        """Take a model into memory in the place of others."""
        for victim in evicted:
            del self.loaded[victim], self.used[victim]
        self.loaded[model] = self.used[model] = now

    def start(self, model: str, cost: int, now: float, *, restricted: bool) -> None:
        """A request goes to it."""
        if model in self.loaded:
            self.used[model] = now
        self.outstanding += cost
        for count in (self.running, self.restricted)[: 1 + restricted]:
            count[model] = count.get(model, 0) + 1

    def stop(self, model: str, cost: int, *, restricted: bool) -> None:
        """A request is over."""
        self.outstanding -= cost
        for count in (self.running, self.restricted)[: 1 + restricted]:
            count[model] -= 1
            if not count[model]:
                del count[model]

    def found_loaded(self, models: Collection[str], now: float) -> None:
        """Believe what it says is in memory; a model in use may still be on its way there."""
        for model in models:
            self.loaded.setdefault(model, now)
            self.used.setdefault(model, now)
        for model in [each for each in self.loaded if each not in models and each not in self.running]:
            del self.loaded[model], self.used[model]

    def measured(self, speed: float, model: str | None = None, now: float = -inf) -> None:
        """Smooth a measured speed, if need be of one model, into what is known."""
        if model is not None:
            # What other models made is no beginning for this one; what somebody declared is.
            known = model in self._speeds or self.spec.speed is not None
            before = self.speed_of(model) if known else speed
            self._speeds[model] = before + _SMOOTHING * (speed - before), now
        self.speed = speed if not self.speed_known else self.speed + _SMOOTHING * (speed - self.speed)
        self.speed_known = True

    def speed_of(self, model: str) -> float:
        """That of one model; that over all while nothing was measured of it: a small one is many times as fast."""
        known = self._speeds.get(model)
        return self.speed if known is None else known[0]

    def measured_at(self, model: str) -> float:
        """When that was measured last, in seconds; long ago for never."""
        known = self._speeds.get(model)
        return -inf if known is None else known[1]
