"""How are the replicas, with everything that administrators may know?"""

from dataclasses import dataclass

from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_overview import ReplicaOverview, ReplicaOverviews
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class InspectReplicas:
    """Asks for one page of the replicas, in the order in which they came."""

    actor: Actor
    page: PageRequest


@dataclass(frozen=True, slots=True)
class InspectReplicasHandler:
    """Lists replicas with addresses, reasons and restarts."""

    overviews: ReplicaOverviews

    async def __call__(self, query: InspectReplicas) -> Page[ReplicaOverview]:
        """One page, empty past the end.

        Raises:
            Forbidden: the caller may not see the system.
        """
        query.actor.require(Permission.SYSTEM_READ)
        page = query.page
        statuses = self.overviews.pool.statuses()
        shown = await self.overviews.of(*statuses[page.offset : page.offset + page.page_size])
        return Page(shown, page.page, page.page_size, len(statuses))

    async def changed(self, name: str) -> ReplicaOverview:
        """The replica of a name, for the answer to those who were let change it.

        Raises:
            NotFound: there is no such replica.
        """
        (overview,) = await self.overviews.of(named(self.overviews.pool, name))
        return overview
