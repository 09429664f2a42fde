"""The books of a scheduler, kept anew from nothing but what goes in and what comes out."""

from collections import Counter

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.decisions import Dispatched, Expired
from ollamanet.domain.inference.scheduler import Scheduler
from ollamanet.domain.inference.tickets import ReplicaId, Ticket
from ollamanet.domain.kernel.ids import RequestId

Flow = tuple


class Books:
    """What ought to be the case.

    Attributes:
        ends: how often each ticket ended.
        waiting: tickets with the number of their entry.
        flying: tickets with their replica and that number.
        honest: estimates are what is charged in the end, so that shares can be told exactly.
    """

    def __init__(self, most: int, trial_lasts: float) -> None:
        self.most = most
        self._trial_lasts = trial_lasts
        self._trials: dict[ReplicaId, tuple[str, float]] = {}
        self.honest = True
        self.entered: set[str] = set()
        self.ends: Counter[str] = Counter()
        self.waiting: dict[str, tuple[int, Ticket]] = {}
        self.flying: dict[str, tuple[Ticket, ReplicaId, int]] = {}
        self._served: Counter[Flow] = Counter()
        self._since: dict[tuple[Flow, Flow], float] = {}

    def slots_in_use(self) -> Counter:
        return Counter((where, ticket.model) for ticket, where, _ in self.flying.values())

    def enter(self, number: int, ticket: Ticket) -> None:
        self.entered.add(ticket.id)
        self.waiting[ticket.id] = number, ticket

    def end(self, name: RequestId) -> Ticket:
        """It was refused or cancelled, has finished or run out of time."""
        self.ends[name] += 1
        if name in self.waiting:
            return self.waiting.pop(name)[1]
        return self.flying.pop(name)[0]

    def come_back(self, name: RequestId) -> None:
        ticket, _, number = self.flying.pop(name)
        self.charge(ticket, -ticket.cost)
        self.waiting[name] = number, ticket

    def carry_out(self, scheduler: Scheduler, now: float) -> None:
        for effect in scheduler.take_effects():
            if isinstance(effect, Dispatched):
                self._sent(effect, scheduler, now)
            else:
                waited = effect.ticket.id in self.waiting
                assert waited is isinstance(effect, Expired)
                assert not waited or effect.ticket.expires_at <= now or effect.ticket.deadline <= now
                self.end(effect.ticket.id)
        on_trial = {each.spec.id for each in scheduler.view.replicas() if each.health is Health.HALF_OPEN}
        self._trials = {where: trial for where, trial in self._trials.items() if where in on_trial}
        self._follow_pairs()

    def _sent(self, effect: Dispatched, scheduler: Scheduler, now: float) -> None:
        ticket = effect.ticket
        number, _ = self.waiting.pop(ticket.id)
        line = (ticket.user, ticket.key, ticket.workload, ticket.model)
        earlier = [
            other
            for place, other in self.waiting.values()
            if place < number and (other.user, other.key, other.workload, other.model) == line
        ]
        assert earlier == [], "a ticket overtook one of its own line"
        decision = scheduler.view.decision(ticket.id)
        assert decision.replica == effect.replica
        assert any(each.replica == effect.replica and each.eligible for each in decision.candidates)
        self.flying[ticket.id] = ticket, effect.replica, number
        self.charge(ticket, ticket.cost)
        health = {each.spec.id: each.health for each in scheduler.view.replicas()}[effect.replica]
        assert health in {Health.HEALTHY, Health.SUSPECT, Health.HALF_OPEN}
        if health is Health.HALF_OPEN:
            before, since = self._trials.get(effect.replica, (None, now))
            assert before == ticket.id or before not in self.flying or now >= since + self._trial_lasts, (
                "a second one is on trial"
            )
            self._trials[effect.replica] = ticket.id, now

    def charge(self, ticket: Ticket, cost: float) -> None:
        self._served[ticket.model, ticket.workload, ticket.user, ticket.weight] += cost / ticket.weight

    def _follow_pairs(self) -> None:
        """While two users both wait in one class of one model, they get the same but for one piece of work of each."""
        waiting = {(each.model, each.workload, each.user, each.weight) for _, each in self.waiting.values()}
        pairs = {(one, two) for one in waiting for two in waiting if one[:2] == two[:2] and one[2] < two[2]}
        gaps = {pair: self._served[pair[0]] - self._served[pair[1]] for pair in pairs}
        self._since = {pair: self._since.get(pair, gap) for pair, gap in gaps.items()}
        for pair, gap in gaps.items():
            bound = sum(self.most / weight for *_, weight in pair)
            assert not self.honest or abs(gap - self._since[pair]) <= bound + 1e-6
