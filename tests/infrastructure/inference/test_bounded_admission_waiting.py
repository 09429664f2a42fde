"""Waiting for a slot: granted, timed out, cancelled, or left in the same moment."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.fakes.kernel.virtual_time import VIRTUAL_TIME, LoopClock

from ollamanet.domain.inference.errors import QueueFull, TooManyInFlight
from ollamanet.domain.kernel.chat import Priority
from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.reply import Queued
from ollamanet.infrastructure.inference.bounded_admission import AdmissionBounds, BoundedAdmission, QueuedPlace

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME


def admission(*, slots: int = 1, depth: int = 10, per_user: int = 99) -> BoundedAdmission:
    return BoundedAdmission(AdmissionBounds(slots, depth, per_user), LoopClock())


def enter(queue: BoundedAdmission, user: int = 1, priority: Priority = Priority.INTERACTIVE) -> QueuedPlace:
    return queue.enter(UserId(UUID(int=user)), priority)


async def test_a_slot_at_once_is_not_waited_for() -> None:
    assert await enter(admission()).wait(0.0) is True


async def test_is_granted_as_soon_as_one_leaves() -> None:
    queue = admission()
    running, waiting = enter(queue), enter(queue)
    asyncio.get_running_loop().call_later(3.0, running.leave)

    assert await waiting.wait(60.0) is True
    assert asyncio.get_running_loop().time() == pytest.approx(1003.0)


async def test_gives_up_after_its_time_and_still_has_its_place() -> None:
    queue = admission()
    running, waiting = enter(queue), enter(queue)

    assert await waiting.wait(0.5) is False
    assert queue.waiting == 1
    running.leave()
    assert await waiting.wait(0.5) is True


async def test_a_grant_that_comes_with_a_cancellation_is_passed_on() -> None:
    queue = admission()
    running, first, second = enter(queue), enter(queue), enter(queue)
    waiter = asyncio.ensure_future(first.wait(60.0))
    await asyncio.sleep(0)
    running.leave()
    waiter.cancel()
    await asyncio.wait((waiter,))
    assert waiter.cancelled()
    assert first.granted

    first.leave()
    assert second.granted
    second.leave()
    assert (queue.running, queue.waiting, queue.users) == (0, 0, 0)


async def test_a_grant_after_a_cancelled_wait_is_not_lost() -> None:
    queue = admission()
    running, first = enter(queue), enter(queue)
    waiter = asyncio.ensure_future(first.wait(60.0))
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.wait((waiter,))
    running.leave()

    assert await first.wait(1.0) is True


async def test_interactive_requests_pass_those_in_the_background_and_nobody_else() -> None:
    queue = admission()
    running = enter(queue)
    places = [
        enter(queue, priority=Priority(priority))
        for priority in ("background", "interactive", "background", "interactive")
    ]
    order = []
    for _ in places:
        running.leave()
        running = next(place for place in places if place.granted and place not in order)
        order.append(running)

    assert order == [places[1], places[3], places[0], places[2]]


async def test_knows_its_place_from_the_beginning() -> None:
    queue = admission()
    enter(queue)
    background, interactive = enter(queue, priority=Priority.BACKGROUND), enter(queue)

    assert interactive.status() == Queued(1, None)
    await asyncio.sleep(0.3)
    assert background.status() == Queued(2, None)


async def test_places_are_counted_anew_four_times_a_second_and_not_more_often() -> None:
    queue = admission()
    running, first, second = enter(queue), enter(queue), enter(queue)
    assert second.status().position == 2
    running.leave()
    await asyncio.sleep(0.2)
    assert second.status().position == 2
    await asyncio.sleep(0.06)
    assert second.status().position == 1
    assert first.granted


async def test_predicts_from_how_long_requests_held_their_slots() -> None:
    queue = admission(slots=2)
    for place in (enter(queue), enter(queue)):
        await asyncio.sleep(4.0)
        place.leave()
    held = 4.0 + 0.2 * (8.0 - 4.0)

    assert queue.predicted_wait(1) == pytest.approx(held / 2)
    assert queue.predicted_wait(10) == pytest.approx(held * 5)


async def test_a_full_queue_says_when_to_come_back() -> None:
    queue = admission(depth=1)
    with pytest.raises(QueueFull) as unmeasured:
        [enter(queue) for _ in range(3)]
    assert unmeasured.value.retry_after == 1.0

    measured = admission(depth=1)
    place = enter(measured)
    await asyncio.sleep(10.0)
    place.leave()
    with pytest.raises(QueueFull) as refused:
        [enter(measured) for _ in range(3)]
    assert refused.value.retry_after == pytest.approx(20.0)


async def test_one_user_cannot_take_what_is_there_for_all() -> None:
    queue = admission(slots=1, per_user=2)
    enter(queue, user=1)
    enter(queue, user=1)
    with pytest.raises(TooManyInFlight, match="2 of your requests wait or run, and 2 may"):
        enter(queue, user=1)

    assert enter(queue, user=2).position == 2


async def test_closed_takes_nobody_and_finishes_with_those_inside() -> None:
    queue = admission()
    running, waiting = enter(queue), enter(queue)
    queue.close()
    with pytest.raises(ShuttingDown):
        enter(queue)

    running.leave()
    assert await waiting.wait(1.0) is True
