"""Which replicas are there, and how busy are they?"""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.inference.recovery_ports import ReplicaLoads
from ollamanet.application.inference.replica_ports import ReplicaPool, ReplicaStatus
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ListReplicas:
    """Asks for one page of the replicas, in the order in which they came."""

    actor: Actor
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ReplicaLoad:
    """A replica.

    Attributes:
        in_flight: requests that hold a slot of it.
        resident: the models that it has in memory, as far as the caller is told about them.
    """

    status: ReplicaStatus
    in_flight: int
    resident: Sequence[str]


@dataclass(frozen=True, slots=True)
class ListReplicasHandler:
    """Lists replicas for anybody who is signed in; what else is shown of them is the caller's business."""

    pool: ReplicaPool
    loads: ReplicaLoads

    async def __call__(self, query: ListReplicas) -> Page[ReplicaLoad]:
        """One page, empty past the end."""
        page, statuses = query.page, self.pool.statuses()
        shown = statuses[page.offset : page.offset + page.page_size]
        loads = [
            ReplicaLoad(status, self.loads.in_flight(status.id), _resident(status, query.actor)) for status in shown
        ]
        return Page(loads, page.page, page.page_size, len(statuses))


def _resident(status: ReplicaStatus, actor: Actor) -> list[str]:
    return [str(model.name) for model in status.models if model.resident and actor.sees(model.name.key)]
