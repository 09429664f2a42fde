"""What the scheduler is asked for: one ticket a request."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import NewType

from ollamanet.domain.kernel.ids import RequestId, UserId

ReplicaId = NewType("ReplicaId", str)


class WorkloadClass(StrEnum):
    """What a request is for; decides how it shares a model with the others."""

    INTERACTIVE = "interactive"
    EMBEDDING = "embedding"
    BACKGROUND = "background"
    BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request that wants a slot.

    Attributes:
        id: the caller's handle; never two alive at once.
        user: whose fair share it is charged to.
        model: the model's `ModelName.key`.
        workload: its class.
        cost: tokens it is expected to take, prompt and answer together, >= 1.
        key: the API key it came with, None for none; a user's keys share what is his.
        affinity: what it has in common with earlier requests (a conversation), so that a prompt cache is used again.
        start_by: the time (seconds) at which it has waited long enough.
        deadline: the time (seconds) at which it has to be done, queueing included.
        size: bytes it holds in memory while it waits, >= 0.
        weight: its user's share relative to that of others, > 0.
    """

    id: RequestId
    user: UserId
    model: str
    workload: WorkloadClass
    cost: int
    key: str | None = None
    affinity: str | None = None
    start_by: float = inf
    deadline: float = inf
    size: int = 0
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Costs and weights divide: neither may be zero, or a ticket would be free."""
        if self.cost < 1 or self.size < 0 or not 0 < self.weight < inf:
            raise ValueError(f"{self.id}: cost >= 1, size >= 0 and a finite weight > 0 are needed")

    @property
    def expires_at(self) -> float:
        """When it leaves the queue by itself."""
        return min(self.start_by, self.deadline)


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket that waits.

    Attributes:
        ticket: it.
        number: counts entries; the order within one user, key, class and model.
        entered_at: seconds.
        avoid: the replica on which it failed, which gets it again only when no other takes it.
    """

    ticket: Ticket
    number: int
    entered_at: float
    avoid: ReplicaId | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A ticket that has a slot.

    Attributes:
        place: what it waited as.
        replica: whose slot.
        since: when it was dispatched, in seconds.
        cold: the model had to be loaded for it.
    """

    place: Place
    replica: ReplicaId
    since: float
    cold: bool
