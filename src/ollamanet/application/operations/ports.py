"""What the operations module needs from the outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

HEALTH_STATES: Final = ("healthy", "suspect", "open", "half_open", "draining", "down")
"""What a replica can be, as the snapshots name it."""
BREAKER_STATES: Final = ("closed", "open", "half_open")
"""What its circuit breaker can be."""


class Probe(Protocol):
    """Something the service depends on, which can be asked how it is."""

    @property
    def name(self) -> str:
        """How people see it; never holds credentials."""
        ...

    async def check(self) -> float:
        """Ask it.

        Returns:
            Seconds the answer took.

        Raises:
            Exception: it is not well; the message says how, without secrets.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReplicaReading:
    """How one replica is.

    Attributes:
        health: one of `HEALTH_STATES`.
        breaker: one of `BREAKER_STATES`.
        speed: smoothed tokens per second of one slot, > 0.
    """

    health: str
    breaker: str
    speed: float


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """Queue and replicas at one moment; models by `ModelName.key`, replicas by name.

    Attributes:
        depths: requests that wait, by model and workload class; where none wait there need be no entry.
        in_flight: requests that have a slot, by replica and model; as above.
        oldest_wait: seconds that the one who waits longest has waited; 0.0 if nobody waits.
        swaps: loads for which another model had to go, since the start.
        cold_loads: loads into free memory, since the start.
        replicas: every replica there is.
    """

    depths: Mapping[tuple[str, str], int] = field(default_factory=dict)
    in_flight: Mapping[tuple[str, str], int] = field(default_factory=dict)
    oldest_wait: float = 0.0
    swaps: int = 0
    cold_loads: int = 0
    replicas: Mapping[str, ReplicaReading] = field(default_factory=dict)


class QueueSnapshots(Protocol):
    """Where snapshots of the queue come from."""

    def __call__(self) -> QueueSnapshot:
        """Look; called on the event loop, cheap, never raises."""
        ...


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One HTTP request that is over.

    Attributes:
        route: the template of its route, never its path; None where no route matched.
        method: as it was sent, so it may be anything.
        status: of the response; None if none was begun.
        code: of the refusal or failure that it ended with; None for none.
        client_gone: its client did not wait for the end.
        seconds: from its head to the end of its response.
    """

    route: str | None
    method: str
    status: int | None
    code: str | None
    client_gone: bool
    seconds: float


class RequestMeter(Protocol):
    """Counts and times HTTP requests; never raises."""

    def began(self) -> None:
        """A request came; `ended` follows."""
        ...

    def ended(self, record: RequestRecord) -> None:
        """It is over, however it ended."""
        ...


class Exposition(Protocol):
    """All metrics, in a form that monitoring systems read."""

    async def render(self, *, openmetrics: bool) -> bytes:
        """Prometheus' text format 0.0.4, or OpenMetrics 1.0.0; the event loop goes on meanwhile."""
        ...
