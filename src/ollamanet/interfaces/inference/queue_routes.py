"""Routes that show the queue."""

from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Router, get
from litestar.params import FromPath

from ollamanet.application.inference.queries.explain_decision import ExplainDecision, ExplainDecisionHandler
from ollamanet.application.inference.queries.show_queue import ShowQueue, ShowQueueHandler
from ollamanet.application.inference.queue_status import KnownDecision, LiveRequest, QueueStatus
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.decisions import Candidate
from ollamanet.domain.kernel.ids import RequestId
from ollamanet.interfaces.inference.queue_schemas import (
    CandidateView,
    DecisionView,
    LiveRequestView,
    QueueLineView,
    QueueView,
)
from ollamanet.interfaces.kernel.auth import actor_of
from ollamanet.interfaces.kernel.openapi import problems


def queue_router(show_queue: ShowQueueHandler, explain_decision: ExplainDecisionHandler, clock: Clock) -> Router:
    """`/system/queue` and `/system/decisions/{request_id}`."""

    @get("/queue", operation_id="showQueue", summary="How the queue stands, and your place", responses=problems(401))
    async def queue(request: Request[Any, Any, Any]) -> QueueView:
        return _queue_view(await show_queue(ShowQueue(actor_of(request))))

    @get(
        "/decisions/{request_id:str}",
        operation_id="explainDecision",
        summary="Why a request went where it went",
        responses=problems(401, 404),
    )
    async def decision(request: Request[Any, Any, Any], request_id: FromPath[str]) -> DecisionView:
        found = await explain_decision(ExplainDecision(actor_of(request), RequestId(request_id)))
        return _decision_view(found, clock.now())

    return Router(path="/system", route_handlers=[queue, decision], tags=["system"])


def _queue_view(status: QueueStatus) -> QueueView:
    return QueueView(
        waiting=status.waiting,
        running=status.running,
        depth=status.depth,
        waiting_bytes=status.waiting_bytes,
        oldest_wait_ms=_milliseconds(status.oldest_wait),
        arrivals_per_minute=round(status.arrivals, 1),
        departures_per_minute=round(status.departures, 1),
        cold_loads=status.cold_loads,
        swaps=status.swaps,
        lines=[
            QueueLineView(model=line.model, priority=line.workload, waiting=line.waiting, running=line.running)
            for line in status.lines
        ],
        rejections=dict(status.rejections),
        requests=[_request_view(each) for each in status.requests],
    )


def _request_view(request: LiveRequest) -> LiveRequestView:
    return LiveRequestView(
        request_id=request.request_id,
        user_id=request.user,
        model=request.model,
        priority=request.workload,
        state="waiting" if request.replica is None else "running",
        since_ms=_milliseconds(request.seconds),
        replica=request.replica,
        position=request.position,
        estimated_wait_ms=None if request.estimated_wait is None else _milliseconds(request.estimated_wait),
    )


def _decision_view(known: KnownDecision, now: datetime) -> DecisionView:
    decision = known.decision
    return DecisionView(
        request_id=known.request_id,
        replica=decision.replica,
        at=now - timedelta(seconds=known.age),
        waited_ms=_milliseconds(decision.waited),
        load=decision.load,
        evicted=list(decision.evicted),
        reasons=list(decision.reasons),
        candidates=[_candidate_view(each) for each in decision.candidates],
    )


def _candidate_view(candidate: Candidate) -> CandidateView:
    return CandidateView(
        replica=candidate.replica,
        eligible=candidate.eligible,
        reason=candidate.reason,
        resident=candidate.resident,
        affinity=candidate.affinity,
        backlog_s=round(candidate.backlog, 3),
    )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
