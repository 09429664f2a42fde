"""The queue as people see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ollamanet.domain.inference.decisions import Decision
from ollamanet.domain.inference.tickets import ReplicaId, WorkloadClass
from ollamanet.domain.kernel.ids import RequestId, UserId


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """A request that waits or runs.

    Attributes:
        seconds: since it came.
        replica: whose slot it has; None while it waits.
        position: from 1; None when it runs.
        estimated_wait: seconds until it has a slot; None when it runs or nothing was measured yet.
    """

    request_id: RequestId
    user: UserId
    model: str
    workload: WorkloadClass
    seconds: float
    replica: ReplicaId | None
    position: int | None
    estimated_wait: float | None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One model and class: how many wait, and how many run."""

    model: str
    workload: WorkloadClass
    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How it stands.

    Attributes:
        depth: how many may wait.
        waiting_bytes: what those who wait hold in memory.
        oldest_wait: seconds that the one who waits longest has waited; 0.0 if nobody waits.
        arrivals, departures: requests let in, and over, in a minute.
        rejections: requests that got no answer, by code, since the start.
        requests: whose are to be seen.
    """

    waiting: int
    running: int
    depth: int
    waiting_bytes: int
    oldest_wait: float
    arrivals: float
    departures: float
    cold_loads: int
    swaps: int
    lines: Sequence[QueueLine]
    rejections: Mapping[str, int]
    requests: Sequence[LiveRequest]


@dataclass(frozen=True, slots=True)
class KnownDecision:
    """A decision, with the age (seconds) that its time has now."""

    request_id: RequestId
    user: UserId
    decision: Decision
    age: float


class QueueWatch(Protocol):
    """Who knows how the queue stands."""

    def status(self, user: UserId | None) -> QueueStatus:
        """Everything, and the requests of one user (None: of all)."""
        ...

    def decision(self, request: RequestId, user: UserId | None) -> KnownDecision | None:
        """The last decision about a request of a user (None: of whoever it is), while it is remembered."""
        ...
