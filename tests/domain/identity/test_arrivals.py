"""A rate for each place, with one number to remember."""

from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.identity.arrivals import Arrivals


def test_a_minutes_worth_may_come_at_once_and_then_one_after_the_other() -> None:
    arrivals = Arrivals(4)
    assert [arrivals.take("a", 0.0) for _ in range(6)] == [0, 0, 0, 0, 15.0, 15.0]
    assert arrivals.take("b", 0.0) == 0
    assert arrivals.take("a", 14.0) == 1.0
    assert arrivals.take("a", 15.0) == 0
    assert arrivals.take("a", 15.0) == 15.0


@given(st.integers(1, 5), st.lists(st.floats(0, 40), max_size=40))
def test_never_more_than_two_minutes_worth_in_a_minute_and_what_is_told_is_true(rate: int, pauses: list[float]) -> None:
    arrivals, now, taken = Arrivals(rate), 0.0, []
    for pause in pauses:
        now += pause
        wait = arrivals.take("a", now)
        if wait:
            # Nothing was taken: at the very moment that was told there is one.
            now += wait
            assert arrivals.take("a", now) == 0
        taken.append(now)
    for at in taken:
        assert sum(at <= each < at + 60 for each in taken) <= 2 * rate


def test_who_was_quiet_for_long_takes_no_memory() -> None:
    arrivals = Arrivals(60)
    for number in range(100):
        arrivals.take(str(number), 0.0)
    assert len(arrivals) == 100
    arrivals.take("later", 2.0)
    assert len(arrivals) == 1


def test_of_too_many_places_the_quietest_are_forgotten() -> None:
    arrivals = Arrivals(1, places=3)
    for place in ("a", "b", "c", "a", "d"):
        arrivals.take(place, 0.0)
    assert len(arrivals) == 3
    assert [arrivals.take(place, 0.0) > 0 for place in ("a", "c", "d")] == [True, True, True]
    assert arrivals.take("b", 0.0) == 0
