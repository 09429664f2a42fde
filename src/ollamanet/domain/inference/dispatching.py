"""Gives free slots to those whose turn it is, and has models loaded where that is worth it."""

from math import inf

from ollamanet.domain.inference.capacity import Health, Replica
from ollamanet.domain.inference.deadlines import Deadlines
from ollamanet.domain.inference.decisions import Decision, DecisionLog, Dispatched, Effect, Load
from ollamanet.domain.inference.fleet import Fleet
from ollamanet.domain.inference.model_loads import Need, claim, plan_load
from ollamanet.domain.inference.model_queue import ModelQueue
from ollamanet.domain.inference.replica_choice import choose, look_at
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import Lease, Place, ReplicaId, Ticket
from ollamanet.domain.inference.waiting_room import WaitingRoom
from ollamanet.domain.kernel.ids import RequestId


class Dispatching:
    """Works through the models that are wanted, never through tickets.

    Attributes:
        leases: the tickets that have a slot.
        deadlines: when a ticket that waits, or a lease, runs out.
        effects: what the outside has yet to be told.
        log: why.
        cold_loads: models loaded into free memory.
        swaps: models loaded in the place of others.
    """

    def __init__(self, policy: SchedulingPolicy, fleet: Fleet, room: WaitingRoom) -> None:
        """Join who waits to what is there."""
        self._policy = policy
        self._fleet = fleet
        self._room = room
        self.leases: dict[RequestId, Lease] = {}
        self._trials: dict[ReplicaId, float] = {}
        self.deadlines = Deadlines()
        self.effects: list[Effect] = []
        self.log = DecisionLog(policy.decisions)
        self.cold_loads = 0
        self.swaps = 0

    def settle(self, now: float) -> None:
        """Dispatch until no free slot has anybody to go to."""
        if not self._room.wanted:
            for replica in self._fleet:
                replica.claim = None
            return
        self._serve_overdue(now)
        for model in list(self._room.wanted):
            self._serve(model, now)
        # The model that got nothing for longest loads first.
        for model in sorted(self._room.wanted, key=lambda each: self._room.wanted[each].hungry_since):
            while self._load(model, now):
                self._serve(model, now)

    def end_trials(self, now: float) -> None:
        """Others wait no longer for trials that take too long."""
        # This is asked at every event, and there is hardly ever a trial.
        for replica in [each for each, until in self._trials.items() if until <= now] if self._trials else ():
            del self._trials[replica]
            if (known := self._fleet.known(replica)) is not None:
                known.trial = None

    def start_of(self, ticket: Ticket, now: float) -> Load | None:
        """How a ticket would have a slot at once; None if it would have to wait."""
        model = ticket.model
        if model in self._room.wanted:
            return None
        loaded = bool(self._fleet.open_to(model))
        plan = None if loaded else plan_load(self._fleet, self._need(model, now, hungry_since=now))
        if not loaded and plan is None:
            return None
        more = 0 if plan is None else plan.replica.slots(model)
        restricted = not self._policy.classes[ticket.workload].uses_reserved
        if restricted and self._fleet.reserved_only(model, self._policy.reserved, more):
            return None
        if plan is None:
            return Load.RESIDENT
        return Load.SWAP if plan.evicted else Load.COLD_LOAD

    def serve_at_once(self, ticket: Ticket, now: float) -> None:
        """Give a ticket a slot of its model that is loaded and free (see `start_of`)."""
        place = self._room.pass_by(ticket, now)
        able = self._fleet.open_to(ticket.model)
        replica, reason = choose(able, place, self._fleet.home(ticket.affinity))
        self._launch(place, replica, Load.RESIDENT, (), f"the model is loaded; {reason}", now)

    def _serve(self, model: str, now: float) -> None:
        queue = self._room.queue(model)
        while queue.length and (able := self._fleet.open_to(model)):
            reserved_only = self._fleet.reserved_only(model, self._policy.reserved)
            place = queue.first(now, reserved_only=reserved_only)
            if place is None:
                return
            replica, reason = choose(able, place, self._fleet.home(place.ticket.affinity))
            self._dispatch(place, replica, Load.RESIDENT, (), f"the model is loaded; {reason}", now)

    def _load(self, model: str, now: float) -> bool:
        queue = self._room.wanted.get(model)
        # Nearly always the model is loaded wherever it may be, and all slots are taken: that is seen cheaply.
        if queue is None or not any(each.could_load(model) for each in self._fleet):
            return False
        if self._fleet.open_to(model):
            return False
        plan = plan_load(self._fleet, self._need(model, now, queue.hungry_since))
        if plan is None:
            return False
        more = plan.replica.slots(model)
        reserved_only = self._fleet.reserved_only(model, self._policy.reserved, more)
        place = queue.first(now, reserved_only=reserved_only)
        if place is None:
            return False
        plan.replica.load(model, plan.evicted, now)
        plan.replica.claim = None
        self._tell_evicted(plan.evicted, now)
        if plan.evicted:
            self.swaps += 1
            self._dispatch(place, plan.replica, Load.SWAP, plan.evicted, self._why_swapped(queue, now), now)
        else:
            self.cold_loads += 1
            self._dispatch(
                place, plan.replica, Load.COLD_LOAD, (), "no slot of the model was free, but memory was", now
            )
        return True

    def _tell_evicted(self, evicted: tuple[str, ...], now: float) -> None:
        for model in evicted:
            if (queue := self._room.wanted.get(model)) is not None and not self._fleet.hosts(model):
                queue.hungry_since = now

    def _why_swapped(self, queue: ModelQueue, now: float) -> str:
        if self._overdue(queue.hungry_since, now):
            return f"the model got no slot for {now - queue.hungry_since:.1f} s, as long as the patience lasts"
        return "the model was loaded nowhere, and nobody waited for those that had to go"

    def _need(self, model: str, now: float, hungry_since: float) -> Need:
        return Need(
            model=model,
            elsewhere=bool(self._fleet.hosts(model)),
            overdue=self._overdue(hungry_since, now),
            wanted=self._room.wanted.keys(),
            now=now,
            least_stay=self._policy.least_stay,
        )

    def _serve_overdue(self, now: float) -> None:
        wanted = self._room.wanted
        claimed: set[str] = set()
        for replica in self._fleet:
            held = replica.claim
            if held is None:
                continue
            if not replica.usable or held.model not in wanted or self._fleet.hosts(held.model):
                replica.claim = None
            else:
                claimed.add(held.model)
        overdue = [each for each in wanted if each not in claimed and self._overdue(wanted[each].hungry_since, now)]
        for model in sorted(overdue, key=lambda each: (wanted[each].hungry_since, each)):
            # Before those who wait for what is loaded: each end of a job leaves it idle for no longer than this.
            if not self._fleet.hosts(model) and not self._load(model, now):
                claim(self._fleet, self._need(model, now, wanted[model].hungry_since))

    def _overdue(self, hungry_since: float, now: float) -> bool:
        return now >= hungry_since + self._policy.patience

    def _dispatch(
        self, place: Place, replica: Replica, load: Load, evicted: tuple[str, ...], reason: str, now: float
    ) -> None:
        self._room.serve(place, now)
        self._launch(place, replica, load, evicted, reason, now)

    def _launch(
        self, place: Place, replica: Replica, load: Load, evicted: tuple[str, ...], reason: str, now: float
    ) -> None:
        ticket = place.ticket
        home = self._fleet.home(ticket.affinity)
        candidates = tuple(look_at(each, place, home) for each in self._fleet)
        restricted = not self._policy.classes[ticket.workload].uses_reserved
        replica.start(ticket.model, ticket.cost, now, restricted=restricted)
        if replica.health is Health.HALF_OPEN:
            replica.trial = ticket.id
            self._trials[replica.spec.id] = now + self._policy.trial
        self._fleet.settle(ticket.affinity, replica.spec.id)
        self.leases[ticket.id] = Lease(place, replica.spec.id, now, load is not Load.RESIDENT)
        self.deadlines.set(ticket.id, ticket.deadline + self._policy.lease_grace)
        self.effects.append(Dispatched(ticket, replica.spec.id, load, evicted))
        waited = now - place.entered_at
        why = Decision(ticket.id, ticket.user, replica.spec.id, now, waited, load, evicted, (reason,), candidates)
        self.log.add(why)

    def next_change(self, now: float) -> float:
        """The first time after now at which something may happen though nothing does: patience, stay, aging."""
        if not self._room.wanted:
            return inf
        times = list(self._trials.values())
        for model, queue in self._room.wanted.items():
            times += [queue.hungry_since + self._policy.patience, *queue.overdue_times()]
            if not self._fleet.hosts(model):
                times += [at + self._policy.least_stay for each in self._fleet for at in each.loaded.values()]
        return min((time for time in times if time > now), default=inf)
