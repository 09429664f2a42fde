"""Everything that waits for one model: workload classes by weight, with aging; inside a class see `ClassQueue`."""

from collections.abc import Iterator, Mapping
from math import inf

from ollamanet.domain.inference.class_queue import ClassQueue
from ollamanet.domain.inference.fair_share import FairShare
from ollamanet.domain.inference.scheduling_policy import ClassRules
from ollamanet.domain.inference.tickets import Place, Ticket, WorkloadClass


class ModelQueue:
    """A model has slots of its own on every replica, so each model is a queue of its own and blocks no other.

    Attributes:
        length: tickets that wait.
        hungry_since: when it last got a slot, lost its last replica, or began to wait; what patience counts from.
    """

    def __init__(self, rules: Mapping[WorkloadClass, ClassRules]) -> None:
        """Start empty."""
        self._rules = rules
        self._shares: FairShare[WorkloadClass] = FairShare()
        self._classes = {workload: ClassQueue() for workload in rules}
        self.length = 0
        self.hungry_since = -inf

    @property
    def cost(self) -> int:
        """Tokens that everything that waits is expected to take."""
        return sum(queue.cost for queue in self._classes.values())

    @property
    def idle(self) -> bool:
        """Whether nobody waits here, nor holds a slot."""
        return not any(queue.length or queue.running for queue in self._classes.values())

    def lengths(self) -> Mapping[WorkloadClass, int]:
        """Tickets that wait, by class."""
        return {workload: queue.length for workload, queue in self._classes.items()}

    def push(self, place: Place, now: float) -> None:
        """Let it wait."""
        workload = place.ticket.workload
        queue = self._classes[workload]
        if not queue.length:
            self._shares.wake(workload, self._rules[workload].weight)
        if not self.length:
            self.hungry_since = now
        queue.push(place, now)
        self.length += 1

    def remove(self, place: Place) -> None:
        """Let it go, unserved."""
        workload = place.ticket.workload
        self._classes[workload].remove(place)
        self._left(workload)

    def serve(self, place: Place, now: float) -> None:
        """Let it go to a slot; its class, user and key are charged the estimate."""
        workload = place.ticket.workload
        self._shares.charge(workload, place.ticket.cost)
        self._classes[workload].serve(place, now)
        self.hungry_since = now
        self._left(workload)

    def serve_alone(self, ticket: Ticket, now: float) -> None:
        """Let a ticket go to a slot that nobody waits for."""
        workload = ticket.workload
        self._shares.serve_alone(workload, self._rules[workload].weight, ticket.cost)
        self._classes[workload].serve_alone(ticket)
        self.hungry_since = now

    def _left(self, workload: WorkloadClass) -> None:
        self.length -= 1
        if not self._classes[workload].length:
            self._shares.sleep(workload)

    def finish(self, ticket: Ticket, difference: float) -> None:
        """Its slot is free: charge what it took more (or, negative, less) than was charged."""
        self._shares.settle(ticket.workload, difference)
        self._classes[ticket.workload].finish(ticket, difference)

    def first(self, now: float, *, reserved_only: bool) -> Place | None:
        """Whose turn it is.

        Args:
            now: seconds.
            reserved_only: only a reserved slot is free.

        Returns:
            None if nobody waits for whom such a slot is.
        """
        best: tuple[tuple[bool, float], WorkloadClass] | None = None
        for workload, queue in self._classes.items():
            if not queue.length:
                continue
            overdue = now >= self.overdue_at(workload)
            if reserved_only and not overdue and not self._rules[workload].uses_reserved:
                continue
            rank = (not overdue, queue.since if overdue else self._shares.tag(workload))
            if best is None or rank < best[0]:
                best = rank, workload
        return None if best is None else self._classes[best[1]].first()

    def overdue_at(self, workload: WorkloadClass) -> float:
        """When a class that waits has had nothing for so long that it goes first."""
        return self._classes[workload].since + self._rules[workload].aging

    def overdue_times(self) -> Iterator[float]:
        """`overdue_at` of every class that waits and is not let into reserved slots before it."""
        for workload, queue in self._classes.items():
            if queue.length and not self._rules[workload].uses_reserved:
                yield self.overdue_at(workload)

    def rank(self, ticket: Ticket, number: float = inf) -> int:
        """The place, from 1, of a number that waits (or of a ticket that would enter), as far as it can be told now.

        Users are taken to be served in turns with tickets of equal cost, classes by their weights; O(log n).
        """
        own = self._classes[ticket.workload].rank(ticket, number)
        weight = self._rules[ticket.workload].weight
        others = (
            min(queue.length, int(own * self._rules[workload].weight / weight))
            for workload, queue in self._classes.items()
            if workload is not ticket.workload
        )
        return own + sum(others)
