"""A version that is only looked at refuses nobody, and what it would have done is counted."""

import pytest
from tests.infrastructure.inference.quota_desk import BOB, LIMITS, QuotaDesk

from ollamanet.domain.inference.errors import TooManyInFlight
from ollamanet.domain.inference.limit_rollout import Mode
from ollamanet.domain.inference.limits import UserLimits
from ollamanet.domain.kernel.caller_limits import CallerLimits, SaidLimits

WIDE = UserLimits(100, 10_000, 1_000_000)


@pytest.mark.anyio
async def test_a_version_in_shadow_refuses_nobody_and_its_refusals_are_counted() -> None:
    desk = QuotaDesk()
    await desk.try_out(UserLimits(1, 6, 250), Mode.SHADOW)
    running = [desk.reserve(100) for _ in range(3)]
    with pytest.raises(TooManyInFlight):
        desk.reserve(100)
    for reservation in running:
        reservation.settle(100)
    desk.done(200)

    counted = desk.quota.shadow_count(2)
    assert counted is not None
    assert (counted.evaluated, counted.refused, counted.spared) == (5, {"too_many_in_flight": 3, "rate_limited": 1}, 0)
    assert desk.quota.shadow_count(1) is None


@pytest.mark.anyio
async def test_a_wider_version_in_shadow_tells_whom_it_would_spare() -> None:
    desk = QuotaDesk(keys={"k1": LIMITS})
    await desk.try_out(WIDE, Mode.SHADOW)
    for _ in range(3):
        desk.reserve(100, key="k1")
    for _ in range(2):
        with pytest.raises(TooManyInFlight):
            desk.reserve(100, key="k1")

    counted = desk.quota.shadow_count(2)
    assert counted is not None
    assert (counted.evaluated, counted.refused, counted.spared) == (5, {}, 2)


@pytest.mark.anyio
async def test_another_version_in_shadow_begins_anew_while_requests_of_the_last_still_run() -> None:
    desk = QuotaDesk()
    await desk.try_out(UserLimits(1, 6, 250), Mode.SHADOW)
    running = desk.reserve(100)
    await desk.book.change(lambda rollout: rollout.rolled_back(2, at=desk.clock.now(), by=BOB))
    await desk.try_out(UserLimits(1, 6, 250), Mode.SHADOW)
    desk.reserve(100)
    running.settle(100)

    counted = desk.quota.shadow_count(3)
    assert counted is not None
    assert (counted.evaluated, counted.refused) == (1, {})


@pytest.mark.anyio
async def test_a_shadow_has_limits_for_keys_too() -> None:
    desk = QuotaDesk()
    await desk.try_out(WIDE, Mode.SHADOW)
    shadow = desk.book.rollout.get(2)
    shadow.limits.keys["k1"] = UserLimits(1, 6, 600)  # type: ignore[index]
    for _ in range(2):
        desk.reserve(key="k1")

    counted = desk.quota.shadow_count(2)
    assert counted is not None
    assert counted.refused == {"too_many_in_flight": 1}


@pytest.mark.anyio
async def test_what_an_account_says_of_itself_holds_in_shadow_too() -> None:
    desk = QuotaDesk()
    await desk.try_out(UserLimits(1, 10_000, 1_000_000), Mode.SHADOW)
    two = CallerLimits(concurrency=2)
    for _ in range(2):
        desk.reserve(1, said=SaidLimits(own=two, general=two))

    counted = desk.quota.shadow_count(2)
    assert counted is not None
    assert counted.refused == {}
