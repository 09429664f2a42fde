"""A rate is kept over any time, and what turned out larger is owed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.token_bucket import TokenBucket

RATE = 60
STEPS = st.lists(st.tuples(st.floats(0, 30), st.integers(1, 100)), max_size=40)


@given(steps=STEPS, rate=st.integers(1, 100))
def test_never_more_is_let_in_than_the_rate_and_one_burst(steps: list[tuple[float, int]], rate: int) -> None:
    now, admitted = 0.0, 0
    bucket = TokenBucket.full(rate, now)
    for pause, amount in steps:
        now += pause
        if not bucket.wait_for(min(amount, rate), now):
            bucket.take(min(amount, rate), now)
            admitted += min(amount, rate)

        assert admitted <= rate + now * rate / 60 + 1e-3


@given(steps=STEPS)
def test_a_request_above_the_burst_is_paid_for_before_the_next(steps: list[tuple[float, int]]) -> None:
    now, admitted, largest = 0.0, 0, 0
    bucket = TokenBucket.full(20, now)
    for pause, amount in steps:
        now += pause
        if not bucket.wait_for(amount, now):
            bucket.take(amount, now)
            admitted, largest = admitted + amount, max(largest, amount)

        assert admitted <= 20 + now * 20 / 60 + max(0, largest - 20) + 1e-3


@given(rest=st.floats(0, 1e6), steps=STEPS)
def test_a_rest_banks_no_more_than_a_burst(rest: float, steps: list[tuple[float, int]]) -> None:
    bucket = TokenBucket.full(RATE, 0.0)
    now = 0.0
    for pause, amount in steps:
        now += pause
        bucket.take(amount, now)
        bucket.give_back(2 * amount, now)

    assert bucket.available(now + rest) <= RATE


@given(steps=STEPS, amount=st.integers(1, 200))
def test_after_the_wait_that_was_told_there_is_room_and_before_it_there_is_none(
    steps: list[tuple[float, int]], amount: int
) -> None:
    bucket = TokenBucket.full(RATE, 0.0)
    now = 0.0
    for pause, taken in steps:
        now += pause
        bucket.take(taken, now)
    wait = bucket.wait_for(amount, now)

    if wait > 0.01:
        assert bucket.wait_for(amount, now + wait - 0.005) > 0
    assert bucket.wait_for(amount, now + wait) == 0


@given(reserved=st.integers(1, 60), measured=st.integers(0, 200), taking=st.floats(0, 50))
def test_a_settled_request_costs_what_it_took_and_nothing_else(reserved: int, measured: int, taking: float) -> None:
    estimated, known = TokenBucket.full(RATE, 0.0), TokenBucket.full(RATE, 0.0)
    # Enough is used before that neither refills to the brim meanwhile.
    estimated.take(300, 0.0)
    known.take(300, 0.0)
    estimated.take(reserved, 1.0)
    known.take(measured, 1.0)
    estimated.give_back(reserved - measured, 1.0 + taking)

    assert estimated.available(1.0 + taking) == pytest.approx(known.available(1.0 + taking))


def test_what_is_owed_keeps_everybody_waiting_until_it_is_paid() -> None:
    bucket = TokenBucket.full(RATE, 0.0)
    bucket.take(10, 0.0)
    bucket.give_back(10 - 100, 0.0)

    assert bucket.available(0.0) == -40
    assert bucket.wait_for(1, 0.0) == pytest.approx(41)


def test_more_than_the_burst_is_let_in_when_the_bucket_is_full() -> None:
    bucket = TokenBucket.full(RATE, 0.0)
    assert bucket.wait_for(500, 0.0) == 0
    bucket.take(500, 0.0)

    assert bucket.wait_for(1, 0.0) == pytest.approx(441)
    assert bucket.wait_for(500, 0.0) == pytest.approx(500)
    assert bucket.missing(0.0) / bucket.rate == pytest.approx(500)


@pytest.mark.parametrize(("limit", "left"), [(120, 110), (30, 20), (5, -5)])
def test_another_rate_is_no_new_start(limit: int, left: int) -> None:
    bucket = TokenBucket.full(RATE, 0.0)
    bucket.take(10, 0.0)
    bucket.resize(limit, 0.0)

    assert bucket.available(0.0) == left
    assert bucket.available(1000.0) == limit


def test_time_that_goes_back_takes_nothing_away() -> None:
    bucket = TokenBucket.full(RATE, 100.0)
    bucket.take(30, 100.0)

    assert bucket.available(90.0) == 30
