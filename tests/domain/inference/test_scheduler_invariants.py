"""What holds whatever happens, in whatever order."""

from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.domain.inference.books import Books
from tests.domain.inference.desk import NOMIC

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.scheduler import Scheduler
from ollamanet.domain.inference.scheduling_policy import CLASSES, SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import RequestId, UserId

MODELS = ("a", "b", NOMIC)
USERS = {UserId(UUID(int=number)): weight for number, weight in ((1, 1.0), (2, 1.0), (3, 2.0))}
MOST = 100
POLICY = SchedulingPolicy(depth=24, depth_per_user=10, size=1000, patience=10, least_stay=5, lease_grace=1)
TAKES_WORK = {Health.HEALTHY, Health.SUSPECT, Health.HALF_OPEN}

models, costs = st.sampled_from(MODELS), st.integers(1, MOST)
healths = st.sampled_from([Health.HEALTHY] * 6 + list(Health))
replicas = st.sampled_from([ReplicaId("r1"), ReplicaId("r2"), ReplicaId("r3")])


class Traffic(RuleBasedStateMachine):
    """Feeds the scheduler, carries out what it says, and keeps the books anew."""

    def __init__(self) -> None:
        super().__init__()
        self.scheduler = Scheduler(POLICY)
        self.now = 0.0
        self.number = 0
        self.books = Books(MOST, POLICY.trial)
        self.scheduler.put_replica(ReplicaSpec(ReplicaId("r1"), {"a": 2, "b": 2, NOMIC: 1}, slots=2), 0.0)

    def carry_out(self) -> None:
        self.books.carry_out(self.scheduler, self.now)

    @initialize(honest=st.booleans())
    def estimates_are_right_or_wrong(self, honest) -> None:
        self.books.honest = honest

    @rule(
        user=st.sampled_from(sorted(USERS)),
        model=models,
        workload=st.sampled_from([WorkloadClass.INTERACTIVE, *WorkloadClass]),
        cost=costs,
        key=st.sampled_from([None, "k"]),
        affinity=st.sampled_from([None, "c1", "c2"]),
        size=st.sampled_from([0, 10, 300]),
        patience=st.sampled_from([None, None, 3.0, 30.0]),
        deadline=st.sampled_from([None, None, 20.0, 90.0]),
        count=st.integers(1, 6),
    )
    def enter(self, user, model, workload, cost, key, affinity, size, patience, deadline, count) -> None:
        for _ in range(count):
            self.number += 1
            name = RequestId(f"t{self.number}")
            limits = {"start_by": patience, "deadline": deadline}
            times = {limit: self.now + given for limit, given in limits.items() if given is not None}
            ticket = Ticket(name, user, model, workload, cost, key, affinity, size=size, weight=USERS[user], **times)
            self.books.enter(self.number, ticket)
            refusal = self.refusal_of(ticket)
            if refusal is not None:
                assert refusal.code == "model_not_found" or refusal.retry_after >= 1
                self.books.end(name)
            self.carry_out()

    def refusal_of(self, ticket: Ticket) -> Refusal | None:
        try:
            self.scheduler.enter(ticket, self.now)
        except Refusal as refusal:
            return refusal
        return None

    @precondition(lambda self: self.books.flying)
    @rule(data=st.data(), tokens=st.integers(0, MOST), ok=st.booleans(), wait=st.floats(0.01, 5))
    def finish(self, data, tokens, ok, wait) -> None:
        self.pass_time(wait)
        if not self.books.flying:
            return
        name = data.draw(st.sampled_from(sorted(self.books.flying)))
        ticket = self.books.end(name)
        tokens = ticket.cost if self.books.honest else tokens
        self.books.charge(ticket, tokens - ticket.cost)
        assert self.scheduler.finish(name, self.now, tokens=tokens, ok=ok)
        assert not self.scheduler.finish(name, self.now, tokens=tokens, ok=ok)
        self.carry_out()

    @precondition(lambda self: self.books.flying and not self.books.honest)
    @rule(data=st.data())
    def retry(self, data) -> None:
        name = data.draw(st.sampled_from(sorted(self.books.flying)))
        self.books.come_back(name)
        assert self.scheduler.retry(name, self.now)
        self.carry_out()

    @precondition(lambda self: self.books.flying or self.books.waiting)
    @rule(data=st.data())
    def cancel(self, data) -> None:
        name = data.draw(st.sampled_from(sorted({*self.books.flying, *self.books.waiting})))
        self.books.end(name)
        assert self.scheduler.cancel(name, self.now)
        self.carry_out()

    @rule(seconds=st.sampled_from([0.5, 5.0, 12.0, 40.0]))
    def pass_time(self, seconds) -> None:
        end = self.now + seconds
        while (due := self.scheduler.next_change()) <= end:
            assert due > self.now, "it asks to be woken for nothing"
            self.now = due
            self.scheduler.tick(due)
            self.carry_out()
        self.now = end
        self.scheduler.tick(end)
        self.carry_out()

    @rule(
        name=replicas,
        slots=st.integers(1, 3),
        loaded=st.integers(1, 2),
        installed=st.sets(models, min_size=1),
        forwarded=st.sets(models, max_size=1),
    )
    def put_replica(self, name, slots, loaded, installed, forwarded) -> None:
        # Fewer slots than are in use could not be kept.
        if any(where == name for where, _ in self.books.slots_in_use()):
            return
        spec = ReplicaSpec(
            name,
            dict.fromkeys(installed, 1),
            slots=slots,
            slots_of={NOMIC: 1},
            forwarded=frozenset(installed & forwarded),
            max_loaded=loaded,
        )
        self.scheduler.put_replica(spec, self.now)
        self.carry_out()

    @rule(name=st.sampled_from([ReplicaId("r2"), ReplicaId("r3")]))
    def remove_replica(self, name) -> None:
        self.scheduler.remove_replica(name, self.now)
        self.carry_out()

    @rule(name=replicas, health=healths)
    def health_changed(self, name, health) -> None:
        self.scheduler.health_changed(name, health, self.now)
        self.carry_out()

    @rule(name=replicas, loaded=st.sets(models, max_size=2))
    def looked_at(self, name, loaded) -> None:
        self.scheduler.loaded_changed(name, loaded, self.now)
        self.carry_out()

    @invariant()
    def never_more_in_flight_than_slots(self) -> None:
        known = {each.spec.id: each for each in self.scheduler.view.replicas()}
        for (where, model), count in self.books.slots_in_use().items():
            assert count <= known[where].slots(model)
            assert count == known[where].running[model]

    @invariant()
    def no_free_slot_while_somebody_waits_for_it(self) -> None:
        wanted = {}
        for _, ticket in self.books.waiting.values():
            wanted.setdefault(ticket.model, []).append(CLASSES[ticket.workload].uses_reserved)
        fleet = self.scheduler.view.replicas()
        for model, waiting in wanted.items():
            hosts = [each for each in fleet if each.ready(model) and each.health in TAKES_WORK]
            hosts = [each for each in hosts if not each.leaves(model)]
            restricted = sum(each.restricted.get(model, 0) for each in hosts)
            if not any(waiting) and restricted >= max(1, sum(each.slots(model) for each in hosts) - POLICY.reserved):
                continue
            assert not any(each.has_slot(model) for each in hosts)
            for each in fleet:
                if each.usable and model in each.spec.installed and each.claim is None and not hosts:
                    idle = [loaded for loaded in each.loaded if loaded not in each.running and loaded not in wanted]
                    assert each.eviction(model, idle) is None, "memory was free for a model that is loaded nowhere"

    @invariant()
    def patience_ends_in_a_load_or_in_a_claim(self) -> None:
        now, fleet = self.scheduler._now, self.scheduler.view.replicas()
        for model, queue in self.scheduler._room.wanted.items():
            claimed = any(each.claim and each.claim.model == model for each in fleet)
            hosts = [each for each in fleet if each.ready(model) and each.health in TAKES_WORK]
            if claimed or hosts or now < queue.hungry_since + POLICY.patience:
                continue
            for each in fleet:
                settled = all(at + POLICY.least_stay <= now for at in each.loaded.values())
                able = each.usable and model in each.spec.installed and each.claim is None
                assert not (able and settled), "a model is made to wait though its patience has run out"

    @invariant()
    def the_books_agree(self) -> None:
        view = self.scheduler.view
        assert view.waiting == len(self.books.waiting) == sum(count for _, _, count in view.depths())
        assert view.waiting_bytes == sum(ticket.size for _, ticket in self.books.waiting.values()) <= 1000 + 300 * 10
        assert view.in_flight == len(self.books.flying)
        assert all(
            1 <= view.standing(RequestId(name)).position <= len(self.books.waiting) for name in self.books.waiting
        )

    @invariant()
    def every_ticket_ends_once(self) -> None:
        alive = {*self.books.waiting, *self.books.flying}
        assert len(alive) == len(self.books.waiting) + len(self.books.flying)
        assert set(self.books.ends) == self.books.entered - alive
        assert all(count == 1 for count in self.books.ends.values())

    def teardown(self) -> None:
        for name in sorted({*self.books.waiting, *self.books.flying}):
            self.scheduler.cancel(RequestId(name), self.now)
            self.scheduler.take_effects()
        assert self.scheduler.view.waiting == self.scheduler.view.in_flight == 0
        assert all(not each.running and each.outstanding == 0 for each in self.scheduler.view.replicas())


TestTraffic = Traffic.TestCase
TestTraffic.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
