"""The scheduler as it can be looked at: places, depths, decisions, counters. Changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from ollamanet.domain.inference.capacity import Replica
from ollamanet.domain.inference.decisions import Decision
from ollamanet.domain.inference.dispatching import Dispatching
from ollamanet.domain.inference.fleet import Fleet
from ollamanet.domain.inference.tickets import ReplicaId, WorkloadClass
from ollamanet.domain.inference.wait_prediction import WaitPrediction
from ollamanet.domain.inference.waiting_room import WaitingRoom
from ollamanet.domain.kernel.ids import RequestId


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a ticket that waits stands.

    Attributes:
        position: from 1: how many leave until it has left, as far as it can be told now.
        wait: seconds until it has a slot; infinite while no replica can take it.
    """

    position: int
    wait: float


class QueueView:
    """Answers of O(log n), but for `depths` and `replicas`, which take time by what they tell."""

    def __init__(self, fleet: Fleet, room: WaitingRoom, work: Dispatching, prediction: WaitPrediction) -> None:
        """Look at these."""
        self._fleet = fleet
        self._room = room
        self._work = work
        self._prediction = prediction

    @property
    def waiting(self) -> int:
        """Tickets that wait."""
        return len(self._room)

    @property
    def waiting_bytes(self) -> int:
        """What they hold."""
        return self._room.size

    @property
    def in_flight(self) -> int:
        """Tickets that have a slot."""
        return len(self._work.leases)

    @property
    def swaps(self) -> int:
        """Loads for which another model had to go, so far."""
        return self._work.swaps

    @property
    def cold_loads(self) -> int:
        """Loads into free memory, so far."""
        return self._work.cold_loads

    def depths(self) -> Iterator[tuple[str, WorkloadClass, int]]:
        """Model, class and number of tickets, where any wait."""
        return self._room.depths()

    def oldest_wait(self, now: float) -> float:
        """Seconds that the one who waits longest has waited; 0 if nobody waits."""
        oldest = self._room.oldest()
        return 0.0 if oldest is None else now - oldest.entered_at

    def standing(self, ticket: RequestId) -> Standing | None:
        """Its place and its predicted wait; None if it does not wait."""
        place = self._room.place(ticket)
        if place is None:
            return None
        asked = place.ticket
        position = self._room.queue(asked.model).rank(asked, place.number)
        return Standing(position, self._prediction.wait(self._fleet, self._room, asked.model, position, asked.cost))

    def may_move(self, ticket: RequestId) -> bool:
        """Whether another replica than the one whose slot it has could take it."""
        lease = self._work.leases.get(ticket)
        if lease is None:
            return False
        able = self._fleet.installed(lease.place.ticket.model)
        return any(each.spec.id != lease.replica and each.takes_work for each in able)

    def replica_of(self, ticket: RequestId) -> ReplicaId | None:
        """Whose slot it has, if any."""
        lease = self._work.leases.get(ticket)
        return None if lease is None else lease.replica

    def decision(self, ticket: RequestId) -> Decision | None:
        """Why it went where it did, while that is remembered."""
        return self._work.log.of(ticket)

    def decisions(self) -> Iterator[Decision]:
        """All that are remembered, the newest first."""
        return self._work.log.newest_first()

    def replicas(self) -> tuple[Replica, ...]:
        """Every replica, to be read only."""
        return tuple(self._fleet)
