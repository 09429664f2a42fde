"""Whatever is heard of a replica, and in whatever order, it is never lost for good."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.circuit_breaker import Attempt, BreakerPolicy
from ollamanet.domain.inference.replica_health import Cause, Failure, HealthPolicy, ReplicaHealth

POLICY = HealthPolicy(BreakerPolicy(in_a_row=3, first_pause=1.0, longest_pause=6.0))


def state(health: ReplicaHealth, now: float) -> Health:
    return health.verdict(now).health


class Living(RuleBasedStateMachine):
    """Anything is heard in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.health = ReplicaHealth(POLICY)
        self.now = 0.0
        self.flying: list[Attempt] = []

    @rule(seconds=st.sampled_from([0.1, 0.5, 2.0, 7.0, 70.0]))
    def time_passes(self, seconds) -> None:
        self.now += seconds

    @rule(chance=st.floats(0, 0.99))
    def miss(self, chance) -> None:
        self.health.missed("missed", self.now, chance)

    @rule()
    def answer(self) -> None:
        self.health.answered(self.now)

    @rule()
    def begin(self) -> None:
        before = state(self.health, self.now)
        begun = self.health.begin(self.now)
        assert not (begun and before in {Health.OPEN, Health.DOWN})
        if begun is not None:
            self.flying.append(begun)

    @precondition(lambda self: self.flying)
    @rule(
        model=st.sampled_from(["a", "b"]),
        outcome=st.sampled_from([None, "given up", *Failure]),
        chance=st.floats(0, 0.99),
    )
    def end(self, model, outcome, chance) -> None:
        ended = self.flying.pop(0)
        if outcome is None:
            self.health.succeeded(ended, model, self.now)
        elif isinstance(outcome, Failure):
            self.health.failed(ended, outcome, Cause(model, "broken"), self.now, chance)
        else:
            self.health.abandoned(ended)

    @rule(drained=st.booleans())
    def administer(self, drained) -> None:
        if drained:
            self.health.drain("an admin")
        else:
            self.health.resume()

    @invariant()
    def there_is_always_a_reason(self) -> None:
        assert self.health.verdict(self.now).reason
        assert self.health.drained == (state(self.health, self.now) is Health.DRAINING)

    @invariant()
    def the_next_probe_is_never_further_than_the_longest_pause(self) -> None:
        assert self.now <= self.health.next_probe(self.now, 0.0) <= self.now + POLICY.breaker.longest_pause

    @invariant()
    def some_answers_bring_anything_back_into_rotation(self) -> None:
        if state(self.health, self.now) in {Health.OPEN, Health.DOWN}:
            self.now = self.health.next_probe(self.now, 0.0)
            self.health.answered(self.now)
            assert state(self.health, self.now) is Health.HALF_OPEN


TestLiving = Living.TestCase
