"""Wrong passwords in a row: pauses that grow, a lock that ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.identity.fixed_time import NOON

from ollamanet.domain.identity.sign_in_policy import NO_FAILURES, Failures, SignInPolicy

POLICY = SignInPolicy(lock_after=10, lock_s=900.0)


def later(seconds: float):
    return NOON + timedelta(seconds=seconds)


def failed(times: int, policy: SignInPolicy = POLICY) -> Failures:
    failures = NO_FAILURES
    for _ in range(times):
        failures = policy.after_failure(failures, NOON)
    return failures


def test_pauses_grow_and_end_in_a_lock() -> None:
    assert [POLICY.pause(failed(times), NOON) for times in range(10)] == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert [POLICY.locked_for(failed(times), NOON) for times in (9, 10)] == [0, 900]


def test_a_pause_and_a_lock_run_down() -> None:
    assert [POLICY.pause(failed(7), later(second)) for second in (1, 3.5, 4, 5)] == [3, 0.5, 0, 0]
    assert [POLICY.locked_for(failed(10), later(second)) for second in (899, 900, 901)] == [1, 0, 0]


def test_after_a_lock_it_begins_anew() -> None:
    assert POLICY.after_failure(failed(10), later(900)) == Failures(1, later(900), None)


def test_old_failures_are_forgotten() -> None:
    assert POLICY.after_failure(failed(9), later(899)).count == 10
    assert POLICY.after_failure(failed(9), later(900)).count == 1


def test_what_fails_within_a_lock_makes_it_last_longer() -> None:
    assert POLICY.locked_for(POLICY.after_failure(failed(10), later(100)), later(100)) == 900


def test_with_one_failure_allowed_the_first_locks() -> None:
    strict = SignInPolicy(lock_after=1, lock_s=5)
    assert strict.locked_for(failed(1, strict), NOON) == 5
    assert strict.free == 1


@pytest.mark.parametrize("times", [100, 1000])
def test_a_pause_is_never_longer_than_a_lock(times: int) -> None:
    patient = SignInPolicy(lock_after=10_000, lock_s=60)
    assert patient.pause(Failures(times, NOON), NOON) == 60


@given(st.lists(st.floats(0, 2000), max_size=60), st.integers(1, 12), st.floats(1, 1000))
def test_however_guesses_are_spread_few_are_looked_at(pauses: list[float], lock_after: int, lock_s: float) -> None:
    policy, now, failures, looked_at = SignInPolicy(lock_after, lock_s), NOON, NO_FAILURES, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        if not policy.locked_for(failures, now) and not policy.pause(failures, now):
            failures = policy.after_failure(failures, now)
            looked_at.append(now)
    for at in looked_at:
        within = [each for each in looked_at if at <= each < at + timedelta(seconds=lock_s)]
        assert len(within) <= 2 * lock_after
