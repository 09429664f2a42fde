"""Everything that waits: a queue for each model, and the bounds of all of them together."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from ollamanet.domain.inference.errors import QueueFull, TooManyInFlight
from ollamanet.domain.inference.model_queue import ModelQueue
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import Place, ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.kernel.ids import RequestId, UserId

_IDLE_QUEUES = 64


class WaitingRoom:
    """Knows who waits; who goes, and where to, is decided elsewhere."""

    def __init__(self, policy: SchedulingPolicy) -> None:
        """Start empty."""
        self._policy = policy
        self._places: OrderedDict[RequestId, Place] = OrderedDict()
        self._queues: dict[str, ModelQueue] = {}
        self._wanted: dict[str, ModelQueue] = {}
        self._of_user: dict[UserId, int] = {}
        self._size = 0
        self._entered = 0

    def __len__(self) -> int:
        """Tickets that wait."""
        return len(self._places)

    @property
    def size(self) -> int:
        """Bytes that they hold."""
        return self._size

    @property
    def wanted(self) -> Mapping[str, ModelQueue]:
        """The queues in which anybody waits, by model."""
        return self._wanted

    def place(self, ticket: RequestId) -> Place | None:
        """Where a ticket waits, if it does."""
        return self._places.get(ticket)

    def oldest(self) -> Place | None:
        """Who waits longest."""
        return next(iter(self._places.values()), None)

    def queue(self, model: str) -> ModelQueue:
        """The queue of a model; an empty one if nobody ever waited for it."""
        queue = self._queues.get(model)
        if queue is None:
            self._forget_idle()
            queue = self._queues[model] = ModelQueue(self._policy.classes)
        return queue

    def overflow(self, ticket: Ticket) -> QueueFull | TooManyInFlight | None:
        """What one more ticket would be too much for, if anything."""
        policy = self._policy
        mine = self._of_user.get(ticket.user, 0)
        if mine >= policy.depth_per_user:
            return TooManyInFlight(f"{mine} of your requests wait, and {policy.depth_per_user} may")
        if len(self) >= policy.depth:
            return QueueFull(f"{len(self)} requests wait already")
        if self._size + ticket.size > policy.size:
            return QueueFull(f"the requests that wait hold {self._size} bytes, and {policy.size} may be held")
        return None

    def enter(self, ticket: Ticket, now: float) -> Place:
        """Let it wait behind what its user sent before."""
        self._entered += 1
        place = Place(ticket, self._entered, now)
        self._insert(place, now)
        return place

    def come_back(self, place: Place, now: float, *, avoid: ReplicaId) -> None:
        """Let a ticket that had a slot wait again, before what its user sent later."""
        again = Place(place.ticket, place.number, place.entered_at, avoid)
        self._insert(again, now)
        self._places.move_to_end(again.ticket.id, last=False)

    def _insert(self, place: Place, now: float) -> None:
        ticket = place.ticket
        queue = self._wanted[ticket.model] = self.queue(ticket.model)
        queue.push(place, now)
        self._places[ticket.id] = place
        self._of_user[ticket.user] = self._of_user.get(ticket.user, 0) + 1
        self._size += ticket.size

    def serve(self, place: Place, now: float) -> None:
        """Let it go to a slot."""
        self._wanted[place.ticket.model].serve(place, now)
        self._gone(place.ticket)

    def pass_by(self, ticket: Ticket, now: float) -> Place:
        """Let a ticket for whose model nobody waits go to a slot without waiting."""
        self._entered += 1
        self.queue(ticket.model).serve_alone(ticket, now)
        return Place(ticket, self._entered, now)

    def remove(self, place: Place) -> None:
        """Let it go, unserved."""
        self._wanted[place.ticket.model].remove(place)
        self._gone(place.ticket)

    def _gone(self, ticket: Ticket) -> None:
        del self._places[ticket.id]
        self._size -= ticket.size
        self._of_user[ticket.user] -= 1
        if not self._of_user[ticket.user]:
            del self._of_user[ticket.user]
        if not self._wanted[ticket.model].length:
            del self._wanted[ticket.model]

    def _forget_idle(self) -> None:
        # Models come and go over weeks; the shares of one that nobody uses are worth nothing.
        if len(self._queues) >= _IDLE_QUEUES:
            for model in [model for model, queue in self._queues.items() if queue.idle]:
                del self._queues[model]

    def depths(self) -> Iterator[tuple[str, WorkloadClass, int]]:
        """Model, class and number of tickets, where any wait."""
        for model, queue in self._wanted.items():
            for workload, length in queue.lengths().items():
                if length:
                    yield model, workload, length
