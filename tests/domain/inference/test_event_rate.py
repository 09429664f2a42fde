"""How often something happens, lately."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.event_rate import EventRate


def test_is_nothing_before_anything_happened() -> None:
    assert EventRate().per_minute(1e9) == 0.0


@pytest.mark.parametrize("per_minute", [6, 60, 600])
def test_steady_events_show_their_rate(per_minute: int) -> None:
    rate = EventRate()
    for number in range(10 * per_minute):
        rate.count(number * 60 / per_minute)

    assert rate.per_minute(600.0) == pytest.approx(per_minute, rel=0.1)


def test_fades_when_nothing_happens_any_more() -> None:
    rate = EventRate()
    for _ in range(100):
        rate.count(0.0)

    assert rate.per_minute(60.0) == pytest.approx(100 / 2.718, rel=0.01)
    assert rate.per_minute(3600.0) < 1e-9


@given(st.lists(st.floats(0, 1e6), max_size=50))
def test_is_never_more_than_all_that_happened_even_if_time_goes_back(times: list[float]) -> None:
    rate = EventRate()
    for at in times:
        rate.count(at)

    assert 0.0 <= rate.per_minute(max(times, default=0.0)) <= len(times) + 1e-9
