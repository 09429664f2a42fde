"""Tokens of a day: they come back at midnight, UTC, and what runs over it belongs to the day before."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ollamanet.domain.inference.day_window import DAY, DayLedger, DayUse, Tally, day_of, seconds_left
from ollamanet.domain.kernel.ids import UserId

ADA, BOB = UserId(UUID(int=1)), UserId(UUID(int=2))
TODAY = 20_000
NOON = TODAY * DAY + DAY / 2
CALLS = st.lists(
    st.tuples(st.sampled_from([ADA, BOB]), st.sampled_from([None, "k1"]), st.integers(1, 50), st.integers(0, 90)),
    max_size=20,
)


def test_the_day_ends_at_midnight_utc() -> None:
    evening = datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC).timestamp()

    assert seconds_left(evening) == 30
    assert day_of(evening + 30) == day_of(evening) + 1
    assert seconds_left(evening + 30) == DAY


@given(now=st.floats(0, 4e9))
def test_there_is_always_some_of_the_day_left(now: float) -> None:
    assert 0 < seconds_left(now) <= DAY


@pytest.mark.parametrize(
    ("spent", "reserved", "tokens", "limit", "room"),
    [
        (0, 0, 10, None, True),
        (60, 30, 10, 100, True),
        (60, 31, 10, 100, False),
        (0, 0, 500, 100, True),
        (1, 0, 500, 100, False),
        (0, 1, 500, 100, False),
        (150, 0, 1, 100, False),
    ],
)
def test_there_is_room_for_what_fits_and_for_anything_as_the_first_of_a_day(
    spent: int, reserved: int, tokens: int, limit: int | None, room: bool
) -> None:
    assert DayUse(Tally(1, spent), reserved).has_room(tokens, limit) is room


@given(calls=CALLS)
def test_what_is_settled_is_counted_once_for_the_user_and_once_for_the_key(calls: list) -> None:
    ledger = DayLedger(TODAY)
    for user, key, reserved, tokens in calls:
        day = ledger.reserve(user, key, reserved)
        ledger.settle((user, key, day), reserved=reserved, tokens=tokens)

    for user in (ADA, BOB):
        mine = [call for call in calls if call[0] == user]
        assert ledger.of(user) == DayUse(Tally(len(mine), sum(call[3] for call in mine)))
        with_key = [call for call in mine if call[1]]
        assert ledger.of(user, "k1") == DayUse(Tally(len(with_key), sum(call[3] for call in with_key)))
    unsaved = ledger.take_unsaved()
    assert sum(tally.tokens for tally in unsaved.values()) == sum(call[3] for call in calls)
    assert sum(tally.requests for tally in unsaved.values()) == len(calls)
    assert ledger.take_unsaved() == {}


def test_what_never_reached_a_replica_is_not_counted() -> None:
    ledger = DayLedger(TODAY)
    day = ledger.reserve(ADA, None, 10)
    assert ledger.of(ADA).reserved == 10
    ledger.settle((ADA, None, day), reserved=10, tokens=None)

    assert ledger.of(ADA) == DayUse()
    assert ledger.take_unsaved() == {}


def test_a_request_over_midnight_belongs_to_the_day_before() -> None:
    ledger = DayLedger(TODAY)
    day = ledger.reserve(ADA, "k1", 10)
    ledger.turn(NOON + DAY)
    ledger.settle((ADA, "k1", day), reserved=10, tokens=7)

    assert ledger.day == TODAY + 1
    assert ledger.of(ADA) == ledger.of(ADA, "k1") == DayUse()
    assert ledger.take_unsaved() == {(ADA, "k1", TODAY): Tally(1, 7)}


def test_a_clock_that_is_set_back_does_not_bring_a_day_back() -> None:
    ledger = DayLedger(TODAY)
    ledger.restore((ADA, None, TODAY), Tally(1, 5))
    ledger.turn(NOON - DAY)

    assert ledger.of(ADA).spent == Tally(1, 5)


def test_what_was_stored_counts_for_today_only_and_is_not_stored_again() -> None:
    ledger = DayLedger(TODAY)
    ledger.restore((ADA, None, TODAY), Tally(2, 30))
    ledger.restore((ADA, "k1", TODAY), Tally(1, 5))
    ledger.restore((ADA, None, TODAY - 1), Tally(9, 900))

    assert ledger.of(ADA).spent == Tally(3, 35)
    assert ledger.of(ADA, "k1").spent == Tally(1, 5)
    assert ledger.take_unsaved() == {}


def test_what_could_not_be_stored_is_kept_with_what_came_meanwhile() -> None:
    ledger = DayLedger(TODAY)
    whose = (ADA, None, TODAY)
    ledger.settle(whose, reserved=0, tokens=10)
    (taken,) = ledger.take_unsaved().items()
    ledger.settle(whose, reserved=0, tokens=5)
    ledger.not_saved(*taken)

    assert ledger.take_unsaved() == {whose: Tally(2, 15)}
