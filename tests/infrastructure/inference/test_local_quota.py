"""What users and keys may take, and what they are told when they may not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.infrastructure.inference.quota_desk import ADA, BOB, HALF_A_DAY, QuotaDesk

from ollamanet.application.inference.ports import Quota
from ollamanet.domain.inference.day_window import Tally
from ollamanet.domain.inference.errors import QuotaExceeded, RateLimited, TooManyInFlight
from ollamanet.domain.inference.limit_rollout import Mode
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.domain.kernel.caller_limits import NOBODY_SAID, CallerLimits, SaidLimits
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.infrastructure.inference.local_quota import LocalQuota

WIDE = UserLimits(100, 10_000, 1_000_000)


def as_port(quota: LocalQuota) -> Quota:
    return quota


def test_satisfies_the_port_and_takes_and_gives_back() -> None:
    desk = QuotaDesk()
    assert as_port(desk.quota) is desk.quota
    reservation = desk.reserve(100)
    usage = desk.usage().user
    assert (usage.concurrency.used, usage.requests_per_minute.used, usage.tokens_per_minute.used) == (1, 1, 100)
    assert (usage.tokens_per_day.used, usage.today) == (100, Tally())

    reservation.settle(40)
    usage = desk.usage().user
    assert (usage.concurrency.used, usage.requests_per_minute.used, usage.tokens_per_minute.used) == (0, 1, 40)
    assert (usage.tokens_per_day.used, usage.today) == (40, Tally(1, 40))


def test_settling_twice_counts_once() -> None:
    desk = QuotaDesk()
    first, _second = desk.reserve(), desk.reserve()
    first.settle(5)
    first.settle(500)
    first.settle(None)

    assert desk.usage().user.concurrency.used == 1
    assert desk.usage().user.today == Tally(1, 5)


def test_as_many_at_once_as_may_and_one_users_requests_are_not_anothers() -> None:
    desk = QuotaDesk()
    running = [desk.reserve() for _ in range(3)]
    with pytest.raises(TooManyInFlight) as refused:
        desk.reserve()
    assert refused.value.retry_after == 1.0
    desk.reserve(user=BOB)

    running[1].settle(None)
    desk.reserve()


def test_the_wait_for_a_place_is_learned_from_how_long_requests_take() -> None:
    desk = QuotaDesk()
    first = desk.reserve()
    desk.clock.passes(20)
    first.settle(10)
    for _ in range(3):
        desk.reserve()
    desk.clock.passes(5)

    with pytest.raises(TooManyInFlight) as refused:
        desk.reserve()
    assert refused.value.retry_after == pytest.approx(15)


def test_a_refused_request_takes_nothing() -> None:
    desk = QuotaDesk()
    desk.done(590)
    before = desk.usage()
    for _ in range(20):
        with pytest.raises(RateLimited):
            desk.reserve(100)

    assert desk.usage() == before


def test_the_day_is_used_up_and_there_is_a_new_one_at_midnight() -> None:
    desk = QuotaDesk(UserLimits(3, 1000, 100_000, 2000))
    desk.done(1500)
    with pytest.raises(QuotaExceeded) as refused:
        desk.reserve(600)
    assert refused.value.retry_after == HALF_A_DAY
    late = desk.reserve(500)

    desk.clock.passes(HALF_A_DAY)
    desk.reserve(600)
    late.settle(500)
    assert desk.usage().user.today == Tally()
    assert desk.usage().user.tokens_per_day.used == 600
    assert {whose[2]: tally.tokens for whose, tally in desk.ledger.take_unsaved().items()} == {
        desk.ledger.day - 1: 2000
    }  # fmt: skip


def test_a_key_has_its_own_limits_on_top_of_its_users() -> None:
    desk = QuotaDesk(keys={"k1": UserLimits(1, 6, 600, 50)})
    running = desk.reserve(20, key="k1")
    with pytest.raises(TooManyInFlight, match="this API key's"):
        desk.reserve(20, key="k1")
    desk.done(20, key="k2")
    running.settle(20)
    with pytest.raises(QuotaExceeded, match="this API key's"):
        desk.reserve(31, key="k1")

    usage = desk.usage(key="k1")
    assert usage.key is not None
    assert (usage.key.today, usage.user.today) == (Tally(1, 20), Tally(2, 40))
    assert (usage.key.tokens_per_day.limit, usage.key.tokens_per_day.remaining) == (50, 30)


def test_a_key_cannot_take_what_its_user_has_not() -> None:
    desk = QuotaDesk(keys={"k1": WIDE})
    for _ in range(3):
        desk.reserve(key="k1")

    with pytest.raises(TooManyInFlight, match="of your requests"):
        desk.reserve()
    with pytest.raises(TooManyInFlight, match="of your requests"):
        desk.reserve(key="k1")


def test_roles_widen_what_a_user_may() -> None:
    desk = QuotaDesk(roles={"Admin": WIDE})
    for _ in range(50):
        desk.reserve(roles=frozenset({"User", "Admin"}))

    assert desk.usage().user.concurrency.used == 50


@pytest.mark.anyio
async def test_a_new_version_holds_for_the_next_request_and_forgives_nothing() -> None:
    desk = QuotaDesk()
    running = [desk.reserve(100) for _ in range(3)]
    await desk.try_out(UserLimits(4, 6, 1000), Mode.ACTIVE)
    desk.reserve(500)
    with pytest.raises(TooManyInFlight):
        desk.reserve(1)
    for reservation in running:
        reservation.settle(100)

    with pytest.raises(RateLimited):
        desk.reserve(201)


def test_users_who_rest_are_forgotten_but_for_what_they_used_of_the_day() -> None:
    desk = QuotaDesk()
    desk.done(50)
    for _ in range(100):
        desk.clock.passes(100)
        desk.done(1, user=BOB)

    assert desk.quota.remembered <= 2
    assert desk.usage().user.today == Tally(1, 50)


@given(
    calls=st.lists(
        st.tuples(st.sampled_from([ADA, BOB]), st.sampled_from([None, "k1"]), st.integers(1, 900), st.integers(0, 9)),
        max_size=40,
    )
)
def test_when_everything_is_over_nothing_is_held_and_all_that_was_measured_is_counted(calls: list) -> None:
    desk = QuotaDesk(keys={"k1": UserLimits(2, 5, 500, 1500)})
    running, counted = [], {ADA: 0, BOB: 0}
    for user, key, tokens, then in calls:
        desk.clock.passes(then)
        with suppress(Refusal):
            running.append((user, tokens, desk.reserve(tokens, user, key)))
        if then % 2 and running:
            whose, expected, reservation = running.pop(0)
            reservation.settle(expected + then)
            counted[whose] += expected + then
    for *_, reservation in running:
        reservation.settle(None)

    for user in (ADA, BOB):
        for usage in (desk.usage(user).user, desk.usage(user, "k1").key):
            assert usage is not None
            assert usage.concurrency.used == 0
        assert desk.usage(user).user.today.tokens == desk.usage(user).user.tokens_per_day.used == counted[user]


def test_what_is_said_about_a_caller_holds_at_his_next_request() -> None:
    desk = QuotaDesk()
    tight = SaidLimits(general=CallerLimits(concurrency=1, weight=4.0))

    assert desk.reserve(said=tight).weight == 4.0
    with pytest.raises(TooManyInFlight):
        desk.reserve(said=tight)
    assert desk.reserve(said=NOBODY_SAID).weight == 1.0


def test_a_key_that_says_less_than_its_user_has_is_held_to_it_and_its_user_is_not() -> None:
    desk = QuotaDesk()
    narrow = SaidLimits(key=CallerLimits(requests_per_minute=1))
    desk.reserve(key="k1", said=narrow)

    with pytest.raises(RateLimited, match="this API key's 1 requests a minute"):
        desk.reserve(key="k1", said=narrow)
    desk.reserve()
