"""When to start again: the pauses, the crash loop, and patience with what is unwell."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.restart_policy import Patience, RestartLedger, RestartPolicy, RunLimit, wellness

POLICY = RestartPolicy()
LIVES = st.lists(st.floats(0, 200), min_size=1, max_size=30)


def test_pauses_double_up_to_a_minute() -> None:
    ledger = RestartLedger(POLICY)

    assert [ledger.failed(0.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_nothing_that_never_failed_waits() -> None:
    assert POLICY.pause(0) == 0


@given(failures=st.integers(1, 10_000))
def test_pauses_never_shrink_and_stay_within_their_bounds(failures: int) -> None:
    assert POLICY.first_pause <= POLICY.pause(failures) <= POLICY.pause(failures + 1) <= POLICY.longest_pause


@given(lives=LIVES)
def test_failures_count_the_short_lives_since_the_last_stable_one(lives: list[float]) -> None:
    ledger, now, expected = RestartLedger(POLICY), 0.0, 0
    for life in lives:
        ledger.started(now)
        ended = now + life
        # The same subtraction as the ledger's: rounding must not decide.
        expected = 1 if ended - now >= POLICY.stable_after else expected + 1
        now = ended
        pause = ledger.failed(now)

        assert ledger.failures == expected
        assert pause == POLICY.pause(expected)
        assert ledger.looping == (expected >= POLICY.looping_after)
        now += pause
    assert ledger.restarts == len(lives) - 1


def test_what_could_not_even_be_started_counts_as_a_failure_of_its_own() -> None:
    ledger = RestartLedger(POLICY)
    ledger.started(0)
    ledger.failed(1)
    for now in (1000, 2000, 3000, 4000):
        ledger.failed(now)

    assert (ledger.failures, ledger.looping, ledger.restarts) == (5, True, 0)


def test_who_asks_for_a_restart_forgives() -> None:
    ledger = RestartLedger(POLICY)
    for _ in range(9):
        ledger.failed(0)
    ledger.forgive()

    assert not ledger.looping
    assert ledger.failed(0) == 1


@given(seen=st.lists(st.tuples(st.sampled_from([True, False, None]), st.floats(0, 40)), max_size=30))
def test_patience_ends_only_after_a_long_time_unwell_without_a_break(seen: list[tuple[bool | None, float]]) -> None:
    patience, now, was_well, unwell_since = Patience(POLICY), 0.0, False, None
    for healthy, passed in seen:
        now += passed
        over = patience.is_over(healthy, now)
        was_well = was_well or healthy is True
        if healthy is not False:
            unwell_since = None
            assert not over
            continue
        unwell_since = now if unwell_since is None else unwell_since
        assert over == (now - unwell_since >= (POLICY.unhealthy_after if was_well else POLICY.start_grace))


def test_what_just_started_gets_more_time_than_what_was_well_before() -> None:
    fresh, known = Patience(POLICY), Patience(POLICY, was_well=True)
    fresh.is_over(False, 0)
    known.is_over(False, 0)

    assert (fresh.is_over(False, 31), known.is_over(False, 31)) == (False, True)
    assert fresh.is_over(False, 60)


@pytest.mark.parametrize(
    ("health", "well"),
    [
        (Health.HEALTHY, True),
        (Health.SUSPECT, True),
        (Health.OPEN, False),
        (Health.HALF_OPEN, False),
        (Health.DOWN, False),
        (Health.DRAINING, None),
    ],
)
def test_every_state_is_well_or_not_or_nobody_s_business(health: Health, well: bool | None) -> None:
    assert wellness(health, drained=False) is well
    assert wellness(health, drained=True) is None


@given(interval=st.floats(0, 100), moments=st.lists(st.floats(0, 1000), max_size=20).map(sorted))
def test_a_hook_never_runs_twice_within_its_interval(interval: float, moments: list[float]) -> None:
    limit, ran = RunLimit(interval), []
    for now in moments:
        if limit.wait(now) == 0:
            limit.ran(now)
            ran.append(now)

    assert all(later >= earlier + interval for earlier, later in pairwise(ran))
    assert bool(ran) == bool(moments)
