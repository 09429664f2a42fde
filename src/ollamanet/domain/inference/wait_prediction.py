"""How long a ticket will wait and take, from what was measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from ollamanet.domain.inference.capacity import Replica
from ollamanet.domain.inference.fleet import Fleet
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import Lease
from ollamanet.domain.inference.waiting_room import WaitingRoom

_SMOOTHING = 0.1
_GUESSED_LOAD = 10.0
_TRUSTED = 60.0


@dataclass(slots=True)
class _Learned:
    """Of a model: tokens that came for each that was expected, tokens of a request, seconds of a load."""

    excess: float
    typical: float
    load: float | None = None


class WaitPrediction:
    """Learns from requests that end: how wrong estimates are, how long loads take, how fast each model is where.

    Who is refused because of it must be sure to fail, so there are two answers: what is likely, and the `least` that it
    will be. That counts nothing that was never measured, and takes no request for larger than those that were: short
    ones take their time before they begin, and say little about long ones.
    """

    def __init__(self, policy: SchedulingPolicy) -> None:
        """Know nothing but the policy's assumptions."""
        self._patience = policy.patience
        self._declared_load = policy.load_seconds
        self._learned: dict[str, _Learned] = {}

    def learn(self, lease: Lease, replica: Replica | None, tokens: float, now: float) -> None:
        """A request ended well after `tokens` (> 0) of prompt and answer."""
        ticket = lease.place.ticket
        ratio = tokens / ticket.cost
        known = self._learned.setdefault(ticket.model, _Learned(ratio, tokens))
        known.excess += _SMOOTHING * (ratio - known.excess)
        known.typical += _SMOOTHING * (tokens - known.typical)
        seconds = now - lease.since
        if replica is None or seconds <= 0:
            return
        if not lease.cold:
            replica.measured(tokens / seconds, ticket.model, now)
        elif self.knows(ticket.model, (replica,)):
            load = max(0.0, seconds - tokens / replica.speed_of(ticket.model))
            known.load = load if known.load is None else known.load + _SMOOTHING * (load - known.load)

    def tokens(self, model: str, cost: float, *, least: bool = False) -> float:
        """What an estimate of the model's tokens is likely to come to."""
        if (known := self._learned.get(model)) is None:
            return cost
        return min(cost * known.excess, known.typical) if least else cost * known.excess

    def service(self, fleet: Fleet, model: str, cost: float) -> float:
        """The least seconds that the work takes on the fastest replica; infinite where none takes work."""
        speeds = [each.speed_of(model) for each in fleet.hosts(model) or self._loadable(fleet, model)]
        return self.tokens(model, cost, least=True) / max(speeds) if speeds else inf

    def wait(
        self, fleet: Fleet, room: WaitingRoom, model: str, rank: int, cost: float, *, least: bool = False
    ) -> float:
        """Seconds until the ticket in a place has a slot.

        Args:
            fleet: the replicas.
            room: who waits.
            model: for which model.
            rank: the place in the queue, >= 1.
            cost: tokens that a ticket is taken for when nobody waits.
            least: not those that are likely.

        Returns:
            infinity where no replica can take it, or nothing is known of the model on those that can.
        """
        queue = room.queue(model)
        mean = self.tokens(model, queue.cost / queue.length if queue.length else cost, least=least)
        hosts, delay, ahead = fleet.hosts(model), 0.0, rank
        if not hosts:
            loadable = self._loadable(fleet, model)
            hosts = loadable[:1]
            # On a model that is yet to come the first ones find free slots.
            ahead = max(0, rank - sum(each.slots(model) for each in hosts))
            delay = self.load_time(model, guess=0.0 if least else _GUESSED_LOAD)
            # Who has to go for it may have ended long before that.
            if not least and loadable and not any(each.eviction(model, ()) is not None for each in loadable):
                delay += self._patience
        rate = sum(each.slots(model) * each.speed_of(model) for each in hosts)
        return delay + ahead * mean / rate if self.knows(model, hosts) else inf

    def knows(self, model: str, replicas: Iterable[Replica], *, since: float = -inf) -> bool:
        """Whether more than a guess can be had: what other models take says little about one that never ran.

        Args:
            model: which.
            replicas: where.
            since: what was measured before counts no more (seconds).
        """
        return any(each.spec.speed is not None or each.measured_at(model) > since for each in replicas)

    def trusts(self, model: str, replicas: Iterable[Replica], now: float) -> bool:
        """Whether anybody may be refused by it: who is refused teaches nothing, so what is old has to be tried."""
        return self.knows(model, replicas, since=now - _TRUSTED)

    @staticmethod
    def _loadable(fleet: Fleet, model: str) -> list[Replica]:
        able = [each for each in fleet.installed(model) if each.usable]
        return sorted(able, key=lambda each: -each.speed_of(model) * each.slots(model))

    def load_time(self, model: str, *, guess: float = 0.0) -> float:
        """Seconds that loading the model takes, as far as that is known."""
        known = self._learned.get(model)
        if known is not None and known.load is not None:
            return known.load
        return guess if self._declared_load is None else self._declared_load
