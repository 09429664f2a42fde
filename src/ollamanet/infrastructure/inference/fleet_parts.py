"""What all replicas of a fleet share."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from ollamanet.application.inference.ports import Replica, ReplicaSink
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.latency_outliers import OutlierPolicy
from ollamanet.domain.inference.replica_health import HealthPolicy
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.replica_models import ListingTimes


@dataclass(frozen=True, slots=True)
class FleetPolicy:
    """How closely the replicas are watched.

    Attributes:
        health: what makes one sick, and how often it is probed.
        outliers: what makes one slow.
        listings: how old what they list may be.
        probe_timeout: seconds (> 0) that one may take to answer a probe.
        patience: seconds (> 0) without a first piece after which even a request whose own time is over speaks against
            the replica.
        crowd: from so many replicas on (>= 1), the well ones are probed ever less often, so that all together cost
            no more.
        allow_cloud: models that a replica would forward to Ollama's cloud are listed too.
    """

    health: HealthPolicy = field(default_factory=HealthPolicy)
    outliers: OutlierPolicy = field(default_factory=OutlierPolicy)
    listings: ListingTimes = field(default_factory=ListingTimes)
    probe_timeout: float = 2.0
    patience: float = 60.0
    crowd: int = 16
    allow_cloud: bool = False


@dataclass(frozen=True, slots=True)
class FleetParts:
    """What a fleet is made of.

    Attributes:
        sink: told of every replica, its health and its models, always from the event loop.
        transport: shared with whatever else talks HTTP; the fleet does not close it.
        clock: the time.
        new_chat: makes what answers chats at an address (`OllamaChat`).
        slots_of: slots that a model's profile asks for, or None for the replica's own number.
        policy: how closely the replicas are watched.
        chance: a number in [0, 1) each time it is called.
    """

    sink: ReplicaSink
    transport: httpx.AsyncBaseTransport
    clock: Clock
    new_chat: Callable[[ReplicaAddress], Replica]
    slots_of: Callable[[ModelName], int | None] = lambda _: None
    policy: FleetPolicy = field(default_factory=FleetPolicy)
    chance: Callable[[], float] = random.random
