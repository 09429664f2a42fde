"""How are the replicas, with everything that administrators may know?"""

from dataclasses import dataclass

from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_overview import ReplicaOverview, ReplicaOverviews
from ollamanet.application.kernel.actor import ADMIN, Actor
from ollamanet.application.kernel.page import Page, PageRequest


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
            Forbidden: the caller is no administrator.
        """
        query.actor.require_role(ADMIN)
        page = query.page
        statuses = self.overviews.pool.statuses()
        shown = await self.overviews.of(*statuses[page.offset : page.offset + page.page_size])
        return Page(shown, page.page, page.page_size, len(statuses))

    async def one(self, actor: Actor, name: str) -> ReplicaOverview:
        """The replica of a name.

        Raises:
            Forbidden: the caller is no administrator.
            NotFound: there is no such replica.
        """
        actor.require_role(ADMIN)
        (overview,) = await self.overviews.of(named(self.overviews.pool, name))
        return overview
