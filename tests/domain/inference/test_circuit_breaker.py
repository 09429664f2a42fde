"""A breaker opens for what fails, for longer each time, and lets one attempt at a time find out."""

from math import inf

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ollamanet.domain.inference.circuit_breaker import Attempt, BreakerPolicy, BreakerState, CircuitBreaker

POLICY = BreakerPolicy(in_a_row=3, of_recent=6, recent=60.0, first_pause=1.0, longest_pause=8.0, jitter=0.25)


def admitted(breaker: CircuitBreaker, now: float = 0.0) -> Attempt:
    attempt = breaker.admit(now)
    assert attempt is not None
    return attempt


def opened(now: float = 0.0, chance: float = 0.0) -> CircuitBreaker:
    breaker = CircuitBreaker(POLICY)
    breaker.trip(now, chance)
    return breaker


def test_failures_in_a_row_open_it_and_a_success_breaks_the_row() -> None:
    breaker = CircuitBreaker(POLICY)
    for ok in (False, False, True, False, False):
        attempt = admitted(breaker)
        if ok:
            breaker.succeeded(attempt, 0.0)
        else:
            assert not breaker.failed(attempt, 0.0, 0.0)
    assert breaker.state is BreakerState.CLOSED

    assert breaker.failed(admitted(breaker), 0.0, 0.0)
    assert (breaker.state, breaker.retry_at, breaker.admit(0.0)) == (BreakerState.OPEN, 1.0, None)


def test_what_begins_well_and_breaks_off_every_time_opens_it_too() -> None:
    breaker = CircuitBreaker(POLICY)
    for _ in range(3):
        assert breaker.state is BreakerState.CLOSED
        breaker.succeeded(admitted(breaker), 0.0)
        breaker.failed_later(0.0, 0.0)

    assert breaker.state is BreakerState.OPEN


def test_what_was_long_ago_does_not_count() -> None:
    breaker = CircuitBreaker(POLICY)
    for minute in range(10):
        breaker.succeeded(admitted(breaker), minute * 61.0)
        breaker.failed_later(minute * 61.0, 0.0)

    assert breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize(("chance", "pauses"), [(0.0, [1, 2, 4, 8, 8]), (0.8, [0.8, 1.6, 3.2, 6.4, 6.4])])
def test_each_failed_trial_doubles_the_pause_up_to_the_longest(chance: float, pauses: list[float]) -> None:
    breaker, now, found = opened(0.0, chance), 0.0, []
    for _ in pauses:
        found.append(breaker.retry_at - now)
        assert not breaker.half_open(breaker.retry_at - 0.001)
        now = breaker.retry_at
        assert breaker.half_open(now)
        assert breaker.failed(admitted(breaker), now, chance)

    assert found == pytest.approx(pauses)


def test_a_trial_that_succeeds_forgets_everything() -> None:
    breaker = opened()
    breaker.half_open(1.0)
    breaker.failed(admitted(breaker), 1.0, 0.0)
    breaker.half_open(3.0)
    breaker.succeeded(admitted(breaker), 3.0)
    assert (breaker.state, breaker.retry_at) == (BreakerState.CLOSED, inf)

    breaker.trip(10.0, 0.0)
    assert breaker.retry_at == 11.0


def test_a_trial_that_says_nothing_makes_room_for_another() -> None:
    breaker = opened()
    breaker.half_open(1.0)
    trial = admitted(breaker)
    assert breaker.admit(1.0) is None

    breaker.abandoned(trial)
    assert admitted(breaker).trial


def test_what_began_before_it_opened_is_no_news() -> None:
    breaker = CircuitBreaker(POLICY)
    old = [admitted(breaker) for _ in range(4)]
    breaker.trip(0.0, 0.0)
    breaker.succeeded(old[0], 0.5)
    assert not breaker.failed(old[1], 0.5, 0.0)
    assert not breaker.failed_later(0.5, 0.0)
    assert (breaker.state, breaker.retry_at) == (BreakerState.OPEN, 1.0)

    breaker.half_open(1.0)
    breaker.abandoned(old[2])
    breaker.succeeded(old[2], 1.0)
    breaker.failed_later(1.0, 0.0)
    assert breaker.state is BreakerState.HALF_OPEN


@pytest.mark.parametrize("late_one_succeeds", [True, False])
def test_others_wait_for_a_trial_only_so_long_and_it_still_counts_when_it_ends(late_one_succeeds: bool) -> None:
    breaker = opened()
    breaker.half_open(100.0)
    hangs = admitted(breaker, 100.0)
    assert breaker.admit(104.9) is None
    next_one = admitted(breaker, 105.0)
    assert (next_one.trial, breaker.admit(109.9)) == (True, None)

    breaker.abandoned(hangs)
    assert breaker.admit(109.9) is None
    if late_one_succeeds:
        breaker.succeeded(hangs, 110.0)
    else:
        breaker.failed(hangs, 110.0, 0.0)
    assert breaker.state is (BreakerState.CLOSED if late_one_succeeds else BreakerState.OPEN)


class Breaking(RuleBasedStateMachine):
    """Attempts come, succeed, fail and are given up in any order, while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = CircuitBreaker(POLICY)
        self.now = 0.0
        self.flying: list[Attempt] = []
        self.trials = 0

    def take(self, index: int) -> Attempt:
        return self.flying.pop(index % len(self.flying))

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 100.0]))
    def time_passes(self, seconds) -> None:
        self.now += seconds

    @rule()
    def begin(self) -> None:
        state, busy = self.breaker.state, self.busy
        attempt = self.breaker.admit(self.now)
        admits = state is BreakerState.CLOSED or (state is BreakerState.HALF_OPEN and not busy)
        assert (attempt is not None) == admits
        if attempt is not None:
            assert attempt.trial == (state is BreakerState.HALF_OPEN)
            self.flying.append(attempt)
            assert attempt.until == (self.now + POLICY.trial if attempt.trial else inf)

    @property
    def busy(self) -> bool:
        trial = self.breaker._trial
        return trial is not None and self.now < trial.until

    @precondition(lambda self: self.flying)
    @rule(index=st.integers(0, 9))
    def succeed(self, index) -> None:
        attempt, before = self.take(index), self.breaker.state
        self.breaker.succeeded(attempt, self.now)
        if self.breaker.state is not before:
            assert attempt.trial
            assert before is BreakerState.HALF_OPEN
            assert self.breaker.state is BreakerState.CLOSED

    @precondition(lambda self: self.flying)
    @rule(index=st.integers(0, 9), chance=st.floats(0, 0.99))
    def fail(self, index, chance) -> None:
        before = self.breaker.state
        opened = self.breaker.failed(self.take(index), self.now, chance)
        self.check_opening(before, opened)

    @rule(chance=st.floats(0, 0.99))
    def fail_later(self, chance) -> None:
        before = self.breaker.state
        self.check_opening(before, self.breaker.failed_later(self.now, chance))

    def check_opening(self, before: BreakerState, opened: bool) -> None:
        assert (self.breaker.state is BreakerState.OPEN) if opened else (self.breaker.state is before)
        if opened:
            assert before is not BreakerState.OPEN
            assert 0.75 * POLICY.first_pause <= self.breaker.retry_at - self.now <= POLICY.longest_pause

    @precondition(lambda self: self.flying)
    @rule(index=st.integers(0, 9))
    def give_up(self, index) -> None:
        state = self.breaker.state
        self.breaker.abandoned(self.take(index))
        assert self.breaker.state is state

    @rule()
    def try_again(self) -> None:
        due = self.breaker.state is BreakerState.OPEN and self.now >= self.breaker.retry_at
        assert self.breaker.half_open(self.now) == due
        if due:
            assert self.breaker.state is BreakerState.HALF_OPEN

    @invariant()
    def only_an_open_one_has_a_time_to_be_tried_again(self) -> None:
        assert (self.breaker.retry_at < inf) == (self.breaker.state is BreakerState.OPEN)

    @invariant()
    def a_trial_is_under_way_only_while_it_is_half_open(self) -> None:
        assert self.breaker._trial is None or self.breaker.state is BreakerState.HALF_OPEN


TestBreaking = Breaking.TestCase
