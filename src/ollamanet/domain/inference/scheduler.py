"""The scheduler: who gets which slot, and when. Pure: no I/O, no clock; every call is told the time in seconds.

Events go in by the methods; what has to be done about them comes out of `take_effects`. Not thread-safe.
"""

from collections import Counter
from collections.abc import Collection
from math import inf, isfinite

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.decisions import Effect, Expired, LeaseLost, Load
from ollamanet.domain.inference.dispatching import Dispatching
from ollamanet.domain.inference.errors import DeadlineUnmeetable, ModelNotFound, NoHealthyReplica
from ollamanet.domain.inference.fleet import Fleet
from ollamanet.domain.inference.queue_view import QueueView
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import Lease, ReplicaId, Ticket
from ollamanet.domain.inference.wait_prediction import WaitPrediction
from ollamanet.domain.inference.waiting_room import WaitingRoom
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import RequestId

_LEAST_RETRY = 1.0


class Scheduler:
    """Every ticket that enters ends once: refused, expired, cancelled, or dispatched and finished (or its lease lost).

    Attributes:
        refusals: how many tickets were refused at entry, by code.
        view: how it stands.
    """

    def __init__(self, policy: SchedulingPolicy) -> None:
        """Start without replicas."""
        self._policy = policy
        self._fleet = Fleet(policy.affinities)
        self._room = WaitingRoom(policy)
        self._work = Dispatching(policy, self._fleet, self._room)
        self._prediction = WaitPrediction(policy)
        self._now = -inf
        self.view = QueueView(self._fleet, self._room, self._work, self._prediction)
        self.refusals: Counter[str] = Counter()

    def enter(self, ticket: Ticket, now: float) -> None:
        """Take a ticket in; it may be dispatched at once.

        Raises:
            ModelNotFound: no replica has the model.
            NoHealthyReplica: none that has it takes work.
            QueueFull: too many tickets wait, or too many bytes.
            TooManyInFlight: too many of the user's tickets wait.
            DeadlineUnmeetable: it would have to wait, or take, longer than it has.
            ValueError: a ticket of this id is alive.
        """
        if self._room.place(ticket.id) is not None or ticket.id in self._work.leases:
            raise ValueError(f"{ticket.id} has entered already")
        now = self._advance(now)
        start = self._work.start_of(ticket, now)
        if (refusal := self._refusal(ticket, start, now)) is not None:
            self.refusals[refusal.code] += 1
            self._work.settle(now)
            raise refusal
        if start is Load.RESIDENT:
            self._work.serve_at_once(ticket, now)
        else:
            self._room.enter(ticket, now)
            self._work.deadlines.set(ticket.id, ticket.expires_at)
        self._work.settle(now)

    def _refusal(self, ticket: Ticket, start: Load | None, now: float) -> Refusal | None:
        able = self._fleet.installed(ticket.model)
        if not able:
            return ModelNotFound(f"no replica has {ticket.model}")
        if start is None and not any(each.takes_work for each in able):
            detail = f"no replica that has {ticket.model} takes work"
            return NoHealthyReplica(detail, retry_after=self._policy.retry_after)
        wait = 0.0
        if start is None:
            rank = self._room.queue(ticket.model).rank(ticket)
            if (full := self._room.overflow(ticket)) is not None:
                likely = self._prediction.wait(self._fleet, self._room, ticket.model, rank, ticket.cost)
                full.retry_after = self._retry_after(likely)
                return full
            wait = self._prediction.wait(self._fleet, self._room, ticket.model, rank, ticket.cost, least=True)
        load = self._prediction.load_time(ticket.model) if start in {Load.COLD_LOAD, Load.SWAP} else 0.0
        done = wait + load + self._prediction.service(self._fleet, ticket.model, ticket.cost)
        late = max(now + wait - ticket.start_by, now + done - ticket.deadline)
        # Nobody is sent away on a guess.
        if late <= 0 or not isfinite(late) or not self._prediction.trusts(ticket.model, able, now):
            return None
        detail = f"it would wait {wait:.0f} s and be done after {done:.0f} s, which is {late:.1f} s too late"
        return DeadlineUnmeetable(detail, retry_after=self._retry_after(late))

    def _retry_after(self, wait: float) -> float:
        return max(_LEAST_RETRY, wait) if isfinite(wait) else self._policy.retry_after

    def cancel(self, ticket: RequestId, now: float) -> bool:
        """Its client has left: it frees its place or slot; whether it was alive. What it was charged stays charged."""
        now = self._advance(now)
        place, lease = self._room.place(ticket), self._work.leases.get(ticket)
        if place is not None:
            self._room.remove(place)
            self._work.deadlines.clear(ticket)
        elif lease is not None:
            self._release(lease, 0.0)
        self._work.settle(now)
        return place is not None or lease is not None

    def finish(self, ticket: RequestId, now: float, *, tokens: int, ok: bool) -> bool:
        """It has given its slot back.

        Args:
            ticket: whose lease ends.
            now: seconds.
            tokens: what it took, prompt and answer, >= 0; its user is charged that instead of the estimate.
            ok: it was answered; only then is anything learned from it.

        Returns:
            False if it had no slot (any more).
        """
        now = self._advance(now)
        lease = self._work.leases.get(ticket)
        if lease is not None:
            if ok and tokens > 0:
                self._prediction.learn(lease, self._fleet.known(lease.replica), tokens, now)
            self._release(lease, tokens - lease.place.ticket.cost)
        self._work.settle(now)
        return lease is not None

    def retry(self, ticket: RequestId, now: float) -> bool:
        """It failed before its first token: let it wait again, first of its line, preferably for another replica."""
        now = self._advance(now)
        lease = self._work.leases.get(ticket)
        if lease is not None:
            asked = lease.place.ticket
            self._release(lease, -asked.cost)
            self._room.come_back(lease.place, now, avoid=lease.replica)
            # It has been waited for once: only what bounds the whole request counts now.
            self._work.deadlines.set(ticket, asked.deadline)
        self._work.settle(now)
        return lease is not None

    def put_replica(self, spec: ReplicaSpec, now: float, health: Health = Health.HEALTHY) -> None:
        """A replica is there, or is another than it was."""
        now = self._advance(now)
        self._fleet.put(spec, health)
        self._work.settle(now)

    def remove_replica(self, replica: ReplicaId, now: float) -> None:
        """A replica gets no more work; what it has may end."""
        now = self._advance(now)
        self._fleet.remove(replica)
        self._work.settle(now)

    def health_changed(self, replica: ReplicaId, health: Health, now: float) -> None:
        """A replica's state is another; nothing if it was removed."""
        now = self._advance(now)
        if (known := self._fleet.known(replica)) is not None:
            known.turn(health)
        self._work.settle(now)

    def loaded_changed(self, replica: ReplicaId, models: Collection[str], now: float) -> None:
        """A replica said which models it has in memory; nothing if it was removed."""
        now = self._advance(now)
        if (known := self._fleet.known(replica)) is not None:
            known.found_loaded(models, now)
        self._work.settle(now)

    def tick(self, now: float) -> None:
        """Nothing happened but that time passed; due at `next_change`."""
        self._work.settle(self._advance(now))

    def next_change(self) -> float:
        """When `tick` has to be called if nothing happens before; infinite for never."""
        return min(self._work.deadlines.next(), self._work.next_change(self._now))

    def take_effects(self) -> tuple[Effect, ...]:
        """What is to be done, in order; each is given once."""
        effects = tuple(self._work.effects)
        self._work.effects.clear()
        return effects

    def _advance(self, now: float) -> float:
        self._now = now = max(now, self._now)
        self._work.end_trials(now)
        for ticket in self._work.deadlines.due(now):
            place = self._room.place(ticket)
            if place is not None:
                self._room.remove(place)
                self._work.effects.append(Expired(place.ticket, now - place.entered_at))
            else:
                lease = self._work.leases[ticket]
                self._release(lease, 0.0)
                self._work.effects.append(LeaseLost(lease.place.ticket, lease.replica))
        return now

    def _release(self, lease: Lease, difference: float) -> None:
        ticket = lease.place.ticket
        del self._work.leases[ticket.id]
        self._work.deadlines.clear(ticket.id)
        restricted = not self._policy.classes[ticket.workload].uses_reserved
        replica = self._fleet[lease.replica]
        replica.stop(ticket.model, ticket.cost, restricted=restricted)
        if replica.trial == ticket.id:
            replica.trial = None
        self._fleet.forget_if_idle(lease.replica)
        self._room.queue(ticket.model).finish(ticket, difference)
