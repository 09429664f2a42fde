"""How long a ticket will wait and take, from what was measured."""

from collections.abc import Sequence
from math import inf

from ollamanet.domain.inference.capacity import Replica
from ollamanet.domain.inference.fleet import Fleet
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import Lease
from ollamanet.domain.inference.waiting_room import WaitingRoom

_SMOOTHING = 0.1
_GUESSED_LOAD = 10.0


class WaitPrediction:
    """Learns from requests that end: the speed of replicas, how wrong estimates are, how long loads take."""

    def __init__(self, policy: SchedulingPolicy) -> None:
        """Know nothing but the policy's assumptions."""
        self._patience = policy.patience
        self._declared_load = policy.load_seconds
        self._loads: dict[str, float] = {}
        self._excess: dict[str, float] = {}

    def learn(self, lease: Lease, replica: Replica | None, tokens: float, now: float) -> None:
        """A request ended well after `tokens` (> 0) of prompt and answer."""
        ticket = lease.place.ticket
        ratio = tokens / ticket.cost
        excess = self._excess.get(ticket.model, ratio)
        self._excess[ticket.model] = excess + _SMOOTHING * (ratio - excess)
        seconds = now - lease.since
        if replica is None or seconds <= 0:
            return
        if lease.cold:
            load = max(0.0, seconds - tokens / replica.speed)
            usual = self._loads.get(ticket.model, load)
            self._loads[ticket.model] = usual + _SMOOTHING * (load - usual)
        else:
            replica.measured(tokens / seconds)

    def tokens(self, model: str, cost: float) -> float:
        """What an estimate of the model's tokens is likely to come to."""
        return cost * self._excess.get(model, 1.0)

    def service(self, fleet: Fleet, model: str, cost: float) -> float:
        """Seconds that the work takes on the fastest replica; infinite where none takes work."""
        speeds = [each.speed for each in fleet.hosts(model) or self._loadable(fleet, model)]
        return self.tokens(model, cost) / max(speeds) if speeds else inf

    def wait(self, fleet: Fleet, room: WaitingRoom, model: str, rank: int, cost: float) -> float:
        """Seconds until the ticket in a place has a slot.

        Args:
            fleet: the replicas.
            room: who waits.
            model: for which model.
            rank: the place in the queue, >= 1.
            cost: tokens that a ticket is taken for when nobody waits.

        Returns:
            infinity where no replica can take it, or nothing is known of the model on those that can.
        """
        queue = room.queue(model)
        mean = self.tokens(model, queue.cost / queue.length if queue.length else cost)
        hosts, delay = fleet.hosts(model), 0.0
        if not hosts:
            loadable = self._loadable(fleet, model)
            hosts = loadable[:1]
            delay = self._loads.get(model, self._declared_load or _GUESSED_LOAD)
            if loadable and not any(each.eviction(model, ()) is not None for each in loadable):
                delay += self._patience
        rate = sum(each.slots(model) * each.speed for each in hosts)
        # On a model that is yet to come the first ones find free slots.
        ahead = rank if not delay else max(0, rank - sum(each.slots(model) for each in hosts))
        return delay + ahead * mean / rate if hosts and self.knows(model, hosts) else inf

    def knows(self, model: str, replicas: Sequence[Replica]) -> bool:
        """Whether more than a guess can be had: what other models take says little about one that never ran."""
        return model in self._excess or any(each.spec.speed is not None for each in replicas)

    @staticmethod
    def _loadable(fleet: Fleet, model: str) -> list[Replica]:
        able = [each for each in fleet.installed(model) if each.usable(model)]
        return sorted(able, key=lambda each: -each.speed * each.slots(model))

    def load_time(self, model: str) -> float:
        """Seconds that loading the model takes, as far as that is known."""
        return self._loads.get(model, self._declared_load or 0.0)
