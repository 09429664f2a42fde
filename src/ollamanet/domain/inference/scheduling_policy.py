"""The numbers that the scheduler goes by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from types import MappingProxyType

from ollamanet.domain.inference.tickets import WorkloadClass


@dataclass(frozen=True, slots=True)
class ClassRules:
    """How one workload class shares a model.

    Attributes:
        weight: its share relative to the other classes that wait, > 0.
        aging: seconds without a dispatch after which the class gets the next free slot, even a reserved one.
        uses_reserved: whether the slots kept for people who wait are open to it.
    """

    weight: float
    aging: float
    uses_reserved: bool


# Embeddings are short, and somebody's question waits behind them: they are let into the reserved slots.
CLASSES: Mapping[WorkloadClass, ClassRules] = MappingProxyType(
    {
        WorkloadClass.INTERACTIVE: ClassRules(weight=16, aging=inf, uses_reserved=True),
        WorkloadClass.EMBEDDING: ClassRules(weight=8, aging=15, uses_reserved=True),
        WorkloadClass.BACKGROUND: ClassRules(weight=3, aging=30, uses_reserved=False),
        WorkloadClass.BATCH: ClassRules(weight=1, aging=60, uses_reserved=False),
    }
)


@dataclass(frozen=True, slots=True)
class SchedulingPolicy:
    """Bounds of the queue, and the patience of the scheduler.

    Attributes:
        depth: tickets that wait at most, >= 0.
        depth_per_user: tickets of one user that wait at most, >= 1.
        size: bytes that waiting tickets hold at most.
        reserved: slots of each model, over all replicas, that background and batch work leave free; the last is not.
        patience: seconds a model that is loaded nowhere waits for others before one of them has to go.
        least_stay: seconds that a model which is wanted stays loaded before it may be made to go.
        lease_grace: seconds past its deadline that a ticket may hold its slot, to say that it has ended.
        trial: seconds that others wait for the one request that a half-open replica is tried with; longer than the
            breaker's own bound, which starts later.
        load_seconds: what a model's load is taken for until one was measured; None where nobody knows.
        retry_after: seconds to ask for where nothing can be predicted, as no replica is healthy.
        classes: the rules of every workload class.
        decisions: how many decisions are remembered.
        affinities: how many conversations' replicas are remembered.
    """

    depth: int = 512
    depth_per_user: int = 64
    size: int = 256 * 1024 * 1024
    reserved: int = 1
    patience: float = 20.0
    least_stay: float = 10.0
    lease_grace: float = 5.0
    trial: float = 6.0
    load_seconds: float | None = None
    retry_after: float = 5.0
    classes: Mapping[WorkloadClass, ClassRules] = field(default_factory=lambda: CLASSES)
    decisions: int = 1000
    affinities: int = 10_000
