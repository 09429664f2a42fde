"""Probes, requests, slowness and admins together say how a replica is."""

from math import inf

import pytest

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.circuit_breaker import Attempt, BreakerPolicy
from ollamanet.domain.inference.latency_outliers import Ejection
from ollamanet.domain.inference.replica_health import Cause, Failure, HealthPolicy, ReplicaHealth, Verdict

POLICY = HealthPolicy(BreakerPolicy(in_a_row=3, first_pause=1.0, longest_pause=6.0))
OOM = Cause("llama3:8b", "gpu1 failed: out of memory")


def healthy() -> ReplicaHealth:
    health = ReplicaHealth(POLICY)
    health.answered(0.0)
    return health


def attempt(health: ReplicaHealth) -> Attempt:
    begun = health.begin(0.0)
    assert begun is not None
    return begun


def fail(health: ReplicaHealth, failure: Failure, times: int = 3, now: float = 0.0, cause: Cause = OOM) -> None:
    for _ in range(times):
        health.failed(attempt(health), failure, cause, now, 0.0)


def state(health: ReplicaHealth, now: float = 0.0) -> Health:
    return health.verdict(now).health


def test_before_anything_was_heard_it_gets_work_when_no_other_does() -> None:
    health = ReplicaHealth(POLICY)
    assert health.verdict(0.0).health is Health.SUSPECT

    health.answered(0.0)
    assert health.verdict(0.0).health is Health.HEALTHY


def test_an_answer_to_a_request_is_as_good_as_one_to_a_probe() -> None:
    health = ReplicaHealth(POLICY)
    health.missed("gpu1 cannot be reached", 0.0, 0.0)
    assert (state(health), health.verdict(0.0).reason) == (Health.SUSPECT, "gpu1 cannot be reached")

    health.succeeded(attempt(health), "m", 0.0)
    assert state(health) is Health.HEALTHY


def test_a_second_missed_probe_takes_it_down_and_its_return_is_noticed_within_the_longest_pause() -> None:
    health, now = healthy(), 0.0
    health.missed("gone", now, 0.0)
    assert (health.next_probe(now, 0.0), health.next_probe(now, 0.9)) == (0.5, pytest.approx(0.3875))
    pauses = []
    for _ in range(5):
        health.missed("gone", now, 0.0)
        assert (state(health), health.begin(0.0)) == (Health.DOWN, None)
        pauses.append(health.next_probe(now, 0.0) - now)
        now = health.next_probe(now, 0.0)
    assert pauses == [1, 2, 4, 6, 6]

    health.answered(now)
    assert state(health) is Health.HALF_OPEN
    assert health.next_probe(now, 0.0) == now + 0.5


def test_one_that_was_dead_is_well_again_after_some_answers_even_if_nobody_asks_it() -> None:
    health = healthy()
    health.gone("the process ended", 0.0, 0.0)
    assert (state(health), health.verdict(0.0).reason) == (Health.DOWN, "the process ended")

    found = []
    for now in (1.0, 1.5, 2.0):
        health.answered(now)
        found.append(state(health))
    assert found == [Health.HALF_OPEN, Health.HALF_OPEN, Health.HEALTHY]


def test_a_miss_while_it_is_on_trial_takes_it_down_again() -> None:
    health = healthy()
    health.gone("gone", 0.0, 0.0)
    health.answered(1.0)
    health.missed("gone again", 1.5, 0.0)

    assert (state(health), health.next_probe(1.5, 0.0)) == (Health.DOWN, 3.5)


@pytest.mark.parametrize("failure", Failure)
def test_requests_that_fail_keep_work_away_whatever_probes_say(failure: Failure) -> None:
    health = healthy()
    fail(health, failure)
    assert health.verdict(0.0).reason == OOM.reason
    assert state(health) is Health.OPEN

    health.answered(0.5)
    assert state(health) is Health.OPEN
    assert health.next_probe(0.5, 0.0) == 1.0


def test_one_that_is_alive_but_fails_must_answer_one_request_first() -> None:
    health = healthy()
    fail(health, Failure.FAILED)
    for now in range(1, 20):
        health.answered(float(now))
    assert state(health) is Health.HALF_OPEN

    trial = attempt(health)
    assert health.begin(0.0) is None
    health.abandoned(trial)
    health.succeeded(attempt(health), "m", 20.0)
    assert state(health) is Health.HEALTHY


def test_one_that_broke_off_streams_because_it_died_needs_only_to_answer_again() -> None:
    health = healthy()
    for _ in range(3):
        health.failed_later(Failure.LOST, Cause("llama3:8b", "gpu1: connection reset"), 0.0, 0.0)
    assert state(health) is Health.OPEN
    health.missed("gpu1 cannot be reached", 0.1, 0.0)
    assert (state(health), health.next_probe(0.1, 0.0)) == (Health.DOWN, 1.0)

    for now in (1.0, 1.5, 2.0):
        health.answered(now)
    assert state(health) is Health.HEALTHY


def test_a_failed_trial_needs_a_request_to_succeed_although_it_was_dead_before() -> None:
    health = healthy()
    health.gone("gone", 0.0, 0.0)
    health.answered(1.0)
    fail(health, Failure.FAILED, times=1, now=1.0)
    for now in range(3, 10):
        health.answered(float(now))

    assert state(health) is Health.HALF_OPEN


@pytest.mark.parametrize("failure", set(Failure) - {Failure.UNREACHABLE})
def test_a_broken_model_does_not_take_the_replica_from_others(failure: Failure) -> None:
    health = healthy()
    health.succeeded(attempt(health), "qwen3:8b", 0.0)
    fail(health, failure, times=10, now=59.0)
    for _ in range(10):
        health.failed_later(failure, OOM, 59.0, 0.0)
    assert state(health) is Health.HEALTHY

    fail(health, failure, times=1, cause=Cause("qwen3:8b", "no"), now=59.0)
    fail(health, failure, times=2, now=59.0)
    assert state(health) is Health.OPEN


def test_one_that_cannot_be_reached_is_dead_for_every_model() -> None:
    health = healthy()
    health.succeeded(attempt(health), "qwen3:8b", 0.0)
    fail(health, Failure.UNREACHABLE, now=1.0)

    assert state(health) is Health.OPEN


def test_one_more_failure_of_a_model_that_always_fails_ends_no_trial() -> None:
    health = healthy()
    fail(health, Failure.FAILED)
    health.answered(1.0)
    fail(health, Failure.FAILED, times=1, now=1.0, cause=Cause("llama3:8b", "no", of_model=True))

    assert state(health, 1.0) is Health.HALF_OPEN
    health.succeeded(attempt(health), "qwen3:8b", 1.0)
    assert state(health, 1.0) is Health.HEALTHY


def test_a_drained_one_is_drained_whatever_else_happens_and_says_so() -> None:
    health = healthy()
    health.drain("ada updates it")
    assert (state(health), health.verdict(0.0).reason, health.drained) == (Health.DRAINING, "ada updates it", True)

    health.gone("the process ended", 0.0, 0.0)
    assert health.verdict(0.0).reason == "ada updates it (the process ended)"
    health.resume()
    assert (state(health), health.drained) == (Health.DOWN, False)


def test_a_new_process_starts_anew_but_stays_drained() -> None:
    health = healthy()
    health.drain("ada updates it")
    health.gone("the process ended", 0.0, 0.0)

    renewed = health.renewed()
    assert state(renewed) is Health.DRAINING
    renewed.resume()
    assert state(renewed) is Health.DOWN
    assert not ReplicaHealth(POLICY).renewed().drained


def test_a_new_process_gets_no_work_before_it_answers_and_is_asked_soon() -> None:
    health = healthy().renewed()
    assert health.begin(0.0) is None
    assert health.verdict(0.0) == Verdict(Health.DOWN, "it was started, and has not answered yet")
    assert health.next_probe(10.0, 0.0) == 10.0 + POLICY.soon

    health.missed("connection refused", 1.0, 0.0)
    assert (state(health), health.begin(0.0)) == (Health.DOWN, None)
    health.answered(2.0)
    assert state(health) is Health.HEALTHY
    assert health.begin(0.0) is not None


def test_an_outlier_gets_work_last_until_its_time_is_over() -> None:
    health = healthy()
    assert health.next_change(0.0) == inf
    health.ejected(Ejection(30.0, "9 s for m where others take 1 s"))

    assert health.verdict(29.9).reason == "it is slow: 9 s for m where others take 1 s"
    assert (state(health, 29.9), health.next_change(29.9)) == (Health.SUSPECT, 30.0)
    assert (state(health, 30.0), health.next_change(30.0)) == (Health.HEALTHY, inf)
    health.ejected(None)
    assert state(health, 1.0) is Health.HEALTHY


def test_well_ones_are_probed_less_often_where_there_are_many() -> None:
    assert healthy().next_probe(10.0, 0.0) == 13.0
    assert healthy().next_probe(10.0, 0.0, stretch=4.0) == 22.0
