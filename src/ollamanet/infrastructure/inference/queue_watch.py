"""What people may see of the queue, read from the scheduler and from what became of requests."""

from collections import Counter
from collections.abc import Iterator
from math import isfinite
from typing import Final

from ollamanet.application.inference.ports import ReplyMeter
from ollamanet.application.inference.queue_status import KnownDecision, LiveRequest, QueueLine, QueueStatus
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.decisions import Decision
from ollamanet.domain.inference.reply_record import ReplyRecord
from ollamanet.domain.inference.ticket_names import request_of, ticket_name
from ollamanet.domain.inference.tickets import Ticket, WorkloadClass
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.domain.kernel.reply import DoneReason
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission

_ANSWERS: Final = frozenset(map(str, DoneReason))


class ScheduledQueueWatch:
    """Satisfies `QueueWatch`, and stands before the meter of replies to learn what became of them.

    Args:
        admission: the queue.
        depth: how many may wait.
        meter: is told everything too.
        clock: monotonic.
    """

    def __init__(self, admission: ScheduledAdmission, depth: int, meter: ReplyMeter, clock: Clock) -> None:
        self._admission: Final = admission
        self._depth: Final = depth
        self._meter: Final = meter
        self._clock: Final = clock
        self._rejections: Final[Counter[str]] = Counter()

    # What became of requests.

    def refused(self, request: ReplyRequest, code: str) -> None:
        """The request got no place."""
        self._rejections[code] += 1
        self._meter.refused(request, code)

    def ended(self, record: ReplyRecord) -> None:
        """A request that had a place is over."""
        if record.outcome not in _ANSWERS:
            self._rejections[record.outcome] += 1
        self._meter.ended(record)

    # What is to be seen.

    def status(self, user: UserId | None) -> QueueStatus:
        """Everything, and the requests of one user (None: of all); takes time by how many there are."""
        view, now = self._admission.view, self._clock.monotonic()
        return QueueStatus(
            waiting=view.waiting,
            running=view.in_flight,
            depth=self._depth,
            waiting_bytes=view.waiting_bytes,
            oldest_wait=view.oldest_wait(now),
            arrivals=self._admission.arrivals.per_minute(now),
            departures=self._admission.departures.per_minute(now),
            cold_loads=view.cold_loads,
            swaps=view.swaps,
            lines=self._lines(),
            rejections=dict(self._rejections),
            requests=list(self._requests(user, now)),
        )

    def decision(self, request: RequestId, user: UserId | None) -> KnownDecision | None:
        """The last decision about a request of a user (None: of whoever it is), while it is remembered."""
        view, now = self._admission.view, self._clock.monotonic()
        found = self._search(request) if user is None else view.decision(ticket_name(user, request))
        if found is None:
            return None
        return KnownDecision(request, found.user, found, now - found.at)

    def _search(self, request: RequestId) -> Decision | None:
        decisions = self._admission.view.decisions()
        return next((each for each in decisions if request_of(each.ticket) == request), None)

    def _lines(self) -> list[QueueLine]:
        waiting = {(model, workload): count for model, workload, count in self._admission.view.depths()}
        running: Counter[tuple[str, WorkloadClass]] = Counter(
            (place.ticket.model, place.ticket.workload) for place in self._admission if place.grant is not None
        )
        return [
            QueueLine(model, workload, waiting.get((model, workload), 0), running[model, workload])
            for model, workload in sorted({*waiting, *running})
        ]

    def _requests(self, user: UserId | None, now: float) -> Iterator[LiveRequest]:
        for place in self._admission:
            if user is None or place.ticket.user == user:
                yield self._live(place.ticket, now - place.entered_at)

    def _live(self, ticket: Ticket, seconds: float) -> LiveRequest:
        view = self._admission.view
        standing = view.standing(ticket.id)
        wait = None if standing is None or not isfinite(standing.wait) else standing.wait
        return LiveRequest(
            request_of(ticket.id),
            ticket.user,
            ticket.model,
            ticket.workload,
            seconds,
            view.replica_of(ticket.id),
            None if standing is None else standing.position,
            wait,
        )
