"""Why a request went to the replica it went to."""

from dataclasses import dataclass

from ollamanet.application.inference.queue_status import KnownDecision, QueueWatch
from ollamanet.application.kernel.actor import ADMIN, Actor
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import RequestId


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
        """The decision, if the request is the caller's or he is an administrator.

        Raises:
            NotFound: there is none, it is another user's, or it is forgotten.
        """
        found = self.watch.decision(query.request_id, query.actor.user_id)
        if found is None and ADMIN in query.actor.roles:
            found = self.watch.decision(query.request_id, None)
        if found is None:
            raise NotFound("there is no decision about such a request, or it is forgotten")
        return found
