"""What admins and the supervisor of managed daemons need of the pool of replicas."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Protocol

from ollamanet.application.inference.ports import InstalledModel
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.tickets import ReplicaId


@dataclass(frozen=True, slots=True)
class ReplicaOptions:
    """How one replica may be driven.

    Attributes:
        slots: requests that one loaded model serves at once, >= 1: the daemon's `OLLAMA_NUM_PARALLEL`.
        weight: how fast it is taken to be until it is measured, relative to the others (> 0); after that its measured
            speed alone decides.
        models: keys (`ModelName.key`) of the models it may be used for; None for all that it has.
        max_loaded: models that may be loaded at once, >= 1: the daemon's `OLLAMA_MAX_LOADED_MODELS`.
        memory: bytes (> 0) for loaded models; infinite where the daemon itself shall decide.
    """

    slots: int = 1
    weight: float = 1.0
    models: frozenset[str] | None = None
    max_loaded: int = 3
    memory: float = inf

    def __post_init__(self) -> None:
        """Refuse what would divide by zero or never run anything."""
        if self.slots < 1 or self.max_loaded < 1 or not 0 < self.weight < inf or self.memory <= 0:
            raise ValueError("slots and max_loaded >= 1, a finite weight > 0 and memory > 0 are needed")


@dataclass(frozen=True, slots=True)
class ReplicaStatus:
    """One replica, as people see it.

    Attributes:
        id: its name in the pool.
        url: where it is; never holds credentials.
        options: how it may be driven.
        health: how it does.
        reason: why, in words.
        since: when `health` became what it is.
        drained: an admin keeps work away from it, whatever its health.
        checked_at: when it last answered, or failed to answer, a probe; None before the first one.
        latency: seconds its last answer to a probe took; None while it does not answer.
        version: of Ollama, as far as is known.
        models: what it has and may be used for, by name.
        running: requests that were opened on it and whose first piece has not come yet.
    """

    id: ReplicaId
    url: str
    options: ReplicaOptions
    health: Health
    reason: str
    since: datetime
    drained: bool
    checked_at: datetime | None
    latency: float | None
    version: str | None
    models: tuple[InstalledModel, ...]
    running: int


class ReplicaPool(Protocol):
    """The replicas, as those who look after them see them.

    Every method that takes an id raises `NotFound` where there is no such replica.
    """

    def add(
        self, url: str, options: ReplicaOptions, *, token: str | None = None, replica: ReplicaId | None = None
    ) -> ReplicaId:
        """Take a replica in; it gets work as soon as it has answered.

        Args:
            url: `http` or `https`, host, port, and a path if a proxy puts the daemon below one; no query, no user.
            options: how it may be driven.
            token: sent as a bearer token, or None.
            replica: its name; None for its host and port, and its path if it has one.

        Raises:
            Conflict: one of that name is there.
        """
        ...

    async def remove(self, replica: ReplicaId, *, cut: bool = False) -> None:
        """Give it no more work and forget it.

        Args:
            replica: which.
            cut: replies that are under way fail with `ReplicaLost`, as if it were dead; otherwise they go on to their
                end.
        """
        ...

    def drain(self, replica: ReplicaId, reason: str) -> None:
        """Let it finish what it has and give it nothing new, until `resume`; idempotent.

        Args:
            replica: which.
            reason: for people, for instance who wanted it.
        """
        ...

    def resume(self, replica: ReplicaId) -> None:
        """End `drain`; idempotent."""
        ...

    def gone(self, replica: ReplicaId, reason: str) -> None:
        """Its process is known to be dead (or about to be ended): give it no work until it answers again."""
        ...

    def restarted(self, replica: ReplicaId) -> None:
        """Its process is a new one: forget the failures of the old, and probe it at once."""
        ...

    def status(self, replica: ReplicaId) -> ReplicaStatus:
        """How it is, as far as is known; asks nobody."""
        ...

    def statuses(self) -> tuple[ReplicaStatus, ...]:
        """All of them, in the order in which they were added."""
        ...

    def watch(self, listener: Callable[[ReplicaStatus], None]) -> Callable[[], None]:
        """Have `listener` called (at once, in the loop) whenever the health of a replica changes.

        It must not raise, and not call back into the pool.

        Returns:
            Ends it; idempotent.
        """
        ...
