"""What one caller may take: refusals with the time until they end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.allowance import Allowance, Moment
from ollamanet.domain.inference.day_window import DayUse, Tally
from ollamanet.domain.inference.errors import QuotaExceeded, RateLimited, TooManyInFlight
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.domain.kernel.errors import Refusal

LIMITS = UserLimits(concurrency=2, requests_per_minute=6, tokens_per_minute=600, tokens_per_day=1000)
NOW = 100.0


def refusal(
    allowance: Allowance, tokens: int = 1, *, now: float = NOW, spent: int = 0, hold: float = 1.0
) -> Refusal | None:
    return allowance.refusal(tokens, Moment(now, 3600.0, hold), DayUse(Tally(1, spent)), "your")


def used(*tokens: int, running: bool = False) -> Allowance:
    allowance = Allowance.fresh(LIMITS, NOW)
    for number, each in enumerate(tokens):
        allowance.take(number, each, NOW)
        if not running:
            allowance.settle(number, each, each, NOW)
    return allowance


def test_somebody_who_used_nothing_is_let_in() -> None:
    assert refusal(used()) is None


@pytest.mark.parametrize(("age", "retry"), [(0.0, 30.0), (20.0, 10.0), (90.0, 1.0)])
def test_too_many_at_once_may_come_back_when_the_oldest_is_likely_to_be_over(age: float, retry: float) -> None:
    found = refusal(used(1, 1, running=True), now=NOW + age, hold=30.0)

    assert isinstance(found, TooManyInFlight)
    assert found.retry_after == retry
    assert found.detail == "2 of your requests wait or run, and 2 may"


def test_the_requests_of_a_minute_come_back_one_by_one() -> None:
    found = refusal(used(*[1] * 6))

    assert isinstance(found, RateLimited)
    assert found.retry_after == pytest.approx(10)
    assert refusal(used(*[1] * 6), now=NOW + 10) is None


def test_the_tokens_of_a_minute_come_back_as_they_are_needed() -> None:
    found = refusal(used(500), 300)

    assert isinstance(found, RateLimited)
    assert found.retry_after == pytest.approx(20)
    assert "100 of your 600 tokens a minute" in found.detail


def test_the_tokens_of_a_day_come_back_at_its_end() -> None:
    found = refusal(used(), 200, spent=900)

    assert isinstance(found, QuotaExceeded)
    assert found.retry_after == 3600
    assert "100 of your 1000 tokens a day" in found.detail


def test_of_several_refusals_the_one_is_told_that_lasts_longest() -> None:
    assert isinstance(refusal(used(*[100] * 6, running=True), 600), RateLimited)
    assert isinstance(refusal(used(*[100] * 6, running=True), 600, spent=1000), QuotaExceeded)


@pytest.mark.parametrize(
    ("taken", "tokens", "spent", "limits"),
    [
        ((1, 1), 1, 0, {"concurrency": 2}),
        ((100,) * 6, 600, 0, {"concurrency": 2, "requests_per_minute": 6, "tokens_per_minute": 600}),
        ((600,), 1, 1000, {"tokens_per_minute": 600, "tokens_per_day": 1000}),
    ],
)
def test_all_limits_that_were_hit_are_told(
    taken: tuple[int, ...], tokens: int, spent: int, limits: dict[str, int]
) -> None:
    found = refusal(used(*taken, running=True), tokens, spent=spent)

    assert found is not None
    assert found.limits == limits


def test_what_was_not_needed_comes_back_and_that_it_was_asked_does_not() -> None:
    allowance = used(400, running=True)
    allowance.settle(0, 400, None, NOW)

    assert (allowance.tokens.available(NOW), allowance.requests.available(NOW)) == (600, 5)
    assert allowance.running == {}


def test_it_is_as_new_once_everything_is_over_and_refilled() -> None:
    running = used(1, running=True)

    assert not running.is_idle(NOW + 1000)
    assert not used(600).is_idle(NOW + 59)
    assert used(600).is_idle(NOW + 60.1)


@given(
    calls=st.lists(st.tuples(st.floats(0, 20), st.integers(1, 900), st.integers(0, 900) | st.none()), max_size=30),
    last=st.integers(1, 2000),
)
def test_nobody_is_refused_for_ever_and_the_time_told_is_enough(calls: list, last: int) -> None:
    now, allowance = NOW, Allowance.fresh(LIMITS, NOW)
    for number, (pause, tokens, measured) in enumerate(calls):
        now += pause
        if refusal(allowance, tokens, now=now) is None:
            allowance.take(number, tokens, now)
            allowance.settle(number, tokens, measured, now)
    found = refusal(allowance, last, now=now)

    if found is not None:
        assert found.retry_after is not None
        assert 0 < found.retry_after < 3600
        assert refusal(allowance, last, now=now + found.retry_after) is None
