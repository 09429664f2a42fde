"""A decision is explained to whose request it was, with no more than he may know."""

from dataclasses import replace

import pytest
from tests.fakes.kernel.callers import a_user, an_admin

from ollamanet.application.inference.queries.explain_decision import ExplainDecision, ExplainDecisionHandler
from ollamanet.application.inference.queue_status import KnownDecision, QueueStatus
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.inference.decisions import Decision, Load
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.caller_limits import CallerLimits
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import RequestId, UserId

pytestmark = pytest.mark.anyio

ADA = a_user(1)
SWAP = Decision(
    RequestId("r"), ADA.user_id, ReplicaId("gpu1"), 0.0, 1.0, Load.SWAP, ("llama3:latest", "qwen3:8b"), (), ()
)  # fmt: skip


class OneDecision:
    """Knows that of Ada's request."""

    def status(self, user: UserId | None) -> QueueStatus:
        raise NotImplementedError

    def decision(self, request: RequestId, user: UserId | None) -> KnownDecision | None:
        return KnownDecision(request, ADA.user_id, SWAP, 2.0) if user in (None, ADA.user_id) else None


async def evicted(actor: Actor) -> tuple[str, ...]:
    found = await ExplainDecisionHandler(OneDecision())(ExplainDecision(actor, RequestId("r")))
    return found.decision.evicted


async def test_what_had_to_make_room_is_named_to_those_who_may_know_of_it() -> None:
    only_qwen = CallerLimits(models=frozenset({"qwen3:8b"}))

    assert await evicted(ADA) == SWAP.evicted
    assert await evicted(replace(ADA, limits=only_qwen)) == ("qwen3:8b",)
    assert await evicted(replace(ADA, permissions=frozenset())) == ()
    assert await evicted(an_admin(limits=only_qwen)) == SWAP.evicted


async def test_to_others_it_is_not_there() -> None:
    with pytest.raises(NotFound):
        await evicted(a_user(2))
