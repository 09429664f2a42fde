"""Which replicas are there, and how busy are they?"""

from dataclasses import dataclass

from ollamanet.application.inference.recovery_ports import ReplicaLoads
from ollamanet.application.inference.replica_ports import ReplicaPool, ReplicaStatus
from ollamanet.application.kernel.page import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ListReplicas:
    """Asks for one page of the replicas, in the order in which they came."""

    page: PageRequest


@dataclass(frozen=True, slots=True)
class ReplicaLoad:
    """A replica and the requests that hold a slot of it."""

    status: ReplicaStatus
    in_flight: int


@dataclass(frozen=True, slots=True)
class ListReplicasHandler:
    """Lists replicas for anybody who is signed in; what is shown of them is the caller's business."""

    pool: ReplicaPool
    loads: ReplicaLoads

    async def __call__(self, query: ListReplicas) -> Page[ReplicaLoad]:
        """One page, empty past the end."""
        page, statuses = query.page, self.pool.statuses()
        shown = statuses[page.offset : page.offset + page.page_size]
        loads = [ReplicaLoad(status, self.loads.in_flight(status.id)) for status in shown]
        return Page(loads, page.page, page.page_size, len(statuses))
