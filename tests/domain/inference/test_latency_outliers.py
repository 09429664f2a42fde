"""A replica that is much slower than the others gets work last, for a while."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.latency_outliers import LatencyOutliers, OutlierPolicy
from ollamanet.domain.inference.tickets import ReplicaId

POLICY = OutlierPolicy(times=3.0, at_least=0.5, samples=5, samples_of_two=15, first_ejection=30, longest_ejection=100)
A, B, C, D = (ReplicaId(name) for name in "abcd")


def fleet(*replicas: ReplicaId) -> LatencyOutliers:
    outliers = LatencyOutliers(POLICY)
    for replica in replicas:
        outliers.add(replica)
    return outliers


def note(outliers: LatencyOutliers, replica: ReplicaId, seconds: float, times: int, now: float = 0.0) -> bool:
    noted = [outliers.noted(replica, "m", seconds, now) for _ in range(times)]
    return any(noted)


def test_the_slow_one_of_three_is_ejected_with_the_reason_and_only_for_a_while() -> None:
    outliers = fleet(A, B, C)
    note(outliers, A, 1.0, 5)
    note(outliers, B, 1.4, 5)
    assert not note(outliers, C, 9.0, 4)
    assert note(outliers, C, 9.0, 1, now=2.0)

    found = outliers.ejection(C, 31.9)
    assert found is not None
    assert (found.until, found.reason) == (32.0, "9.0 s for m where others take 1.2 s")
    assert outliers.ejection(C, 32.0) is None
    assert outliers.ejection(A, 2.0) is None


def test_where_there_is_one_other_more_has_to_be_known_of_both() -> None:
    outliers = fleet(A, B)
    note(outliers, A, 1.0, 14)
    assert not note(outliers, B, 9.0, 20)

    note(outliers, A, 1.0, 1)
    assert note(outliers, B, 9.0, 1)


@pytest.mark.parametrize(("seconds", "ejected"), [(0.4, False), (0.6, True)])
def test_of_fast_ones_none_is_slow(seconds: float, ejected: bool) -> None:
    outliers = fleet(A, B, C)
    note(outliers, A, 0.01, 5)
    note(outliers, B, 0.01, 5)

    assert note(outliers, C, seconds, 5) == ejected


def test_models_are_compared_each_with_itself() -> None:
    outliers = fleet(A, B, C)
    note(outliers, A, 1.0, 5)
    note(outliers, B, 1.0, 5)

    noted = [outliers.noted(C, "larger", 30.0, 0.0) for _ in range(20)]
    assert not any(noted)


def test_never_more_than_half_of_them() -> None:
    outliers = fleet(A, B, C)
    note(outliers, A, 1.0, 5)
    note(outliers, B, 1.0, 5)
    assert note(outliers, C, 20.0, 5)
    assert not note(outliers, B, 60.0, 30)

    outliers.add(D)
    assert note(outliers, B, 60.0, 1)


def test_the_next_time_it_is_longer_but_must_be_proven_anew() -> None:
    outliers, now, pauses = fleet(A, B, C), 0.0, []
    for _ in range(5):
        note(outliers, A, 1.0, 5, now)
        note(outliers, B, 1.0, 5, now)
        assert not note(outliers, C, 9.0, 4, now)
        assert note(outliers, C, 9.0, 1, now)
        found = outliers.ejection(C, now)
        assert found is not None
        pauses.append(found.until - now)
        assert not note(outliers, C, 9.0, 10, now)
        now = found.until + (1.0 if len(pauses) < 4 else 100.0)

    assert pauses == [30, 60, 90, 100, 30]


def test_what_is_gone_or_new_has_no_past() -> None:
    outliers = fleet(A, B, C)
    note(outliers, A, 1.0, 5)
    note(outliers, B, 1.0, 5)
    note(outliers, C, 9.0, 5)
    outliers.forget(C)
    assert outliers.ejection(C, 0.0) is None
    assert not note(outliers, C, 9.0, 4)

    outliers.remove(C)
    assert not note(outliers, C, 9.0, 9)


@given(st.lists(st.tuples(st.sampled_from([A, B, C, D]), st.floats(0, 100), st.floats(0, 20)), max_size=200))
def test_half_of_them_are_always_left(events: list[tuple[ReplicaId, float, float]]) -> None:
    outliers, now = fleet(A, B, C, D), 0.0
    for replica, seconds, pause in events:
        now += pause
        ejected = outliers.noted(replica, "m", seconds, now)
        assert not ejected or outliers.ejection(replica, now) is not None
        assert sum(outliers.ejection(each, now) is not None for each in (A, B, C, D)) <= 2
