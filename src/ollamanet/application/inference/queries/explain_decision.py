"""Why a request went to the replica it went to."""

from dataclasses import dataclass, replace

from ollamanet.application.inference.queue_status import KnownDecision, QueueWatch
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ExplainDecision:
    """By the id of the request."""

    actor: Actor
    request_id: RequestId


@dataclass(frozen=True, slots=True)
class ExplainDecisionHandler:
    """Looks it up among the newest decisions."""

    watch: QueueWatch

    async def __call__(self, query: ExplainDecision) -> KnownDecision:
        """The decision, if the request is the caller's or he may see the system.

        What had to make room is named to him only where it is a model that he is told about.

        Raises:
            NotFound: there is none, it is another user's, or it is forgotten.
        """
        found = self.watch.decision(query.request_id, query.actor.user_id)
        if found is None and query.actor.may(Permission.SYSTEM_READ):
            found = self.watch.decision(query.request_id, None)
        if found is None:
            raise NotFound("there is no decision about such a request, or it is forgotten")
        evicted = tuple(model for model in found.decision.evicted if query.actor.sees(model))
        return replace(found, decision=replace(found.decision, evicted=evicted))
