"""The scheduler's decisions reach whoever waits, in time, and nothing stays behind."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.fakes.kernel.virtual_time import VIRTUAL_TIME, LoopClock

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.errors import ModelNotFound, NoHealthyReplica, QueueFull
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.kernel.errors import ShuttingDown
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission, ScheduledPlace

pytestmark = pytest.mark.anyio

MODEL = "llama3:latest"
R1, R2 = ReplicaId("r1"), ReplicaId("r2")


@pytest.fixture
def anyio_backend() -> Any:
    return VIRTUAL_TIME


def admission(*replicas: ReplicaId, depth: int = 10, **policy: Any) -> ScheduledAdmission:
    made = ScheduledAdmission(SchedulingPolicy(depth=depth, **policy), LoopClock())
    for name in replicas or (R1,):
        made.put_replica(ReplicaSpec(name, {MODEL: 1}), Health.HEALTHY)
        made.loaded_changed(name, {MODEL})
    return made


def enter(queue: ScheduledAdmission, name: str = "t", user: int = 1, **changes: Any) -> ScheduledPlace:
    ticket = Ticket(RequestId(name), UserId(UUID(int=user)), MODEL, WorkloadClass.INTERACTIVE, 10, **changes)
    return queue.enter(ticket)


def now() -> float:
    return asyncio.get_running_loop().time()


def usage(queue: ScheduledAdmission) -> tuple[int, int, int]:
    return queue.view.in_flight, queue.view.waiting, queue.places


async def test_a_slot_at_once_is_not_waited_for() -> None:
    place = enter(admission())
    await place.wait(60.0)

    assert place.grant is not None
    assert place.grant.replica == R1
    assert now() == 1000.0


async def test_is_granted_as_soon_as_one_leaves() -> None:
    queue = admission()
    running, waiting = enter(queue, "a"), enter(queue, "b")
    asyncio.get_running_loop().call_later(3.0, running.leave)
    await waiting.wait(60.0)

    assert waiting.grant is not None
    assert now() == pytest.approx(1003.0)


async def test_waits_no_longer_than_it_is_told_and_keeps_its_place() -> None:
    queue = admission()
    running, waiting = enter(queue, "a"), enter(queue, "b")
    await waiting.wait(0.5)

    assert (waiting.grant, waiting.expired, now()) == (None, False, 1000.5)
    running.leave()
    assert waiting.grant is not None


async def test_a_grant_that_comes_with_a_cancellation_is_passed_on() -> None:
    queue = admission()
    running, first, second = (enter(queue, name) for name in "abc")
    waiter = asyncio.ensure_future(first.wait(60.0))
    await asyncio.sleep(0)
    running.leave()
    waiter.cancel()
    await asyncio.wait((waiter,))
    assert first.grant is not None

    first.leave()
    assert second.grant is not None
    second.leave()
    assert usage(queue) == (0, 0, 0)


async def test_expires_at_its_time_without_anybody_asking() -> None:
    queue = admission()
    enter(queue, "a")
    waiting = enter(queue, "b", start_by=now() + 7.0)
    await waiting.wait(60.0)

    assert (waiting.expired, waiting.grant, now()) == (True, None, pytest.approx(1007.0))
    waiting.leave()
    assert usage(queue) == (1, 0, 1)


async def test_a_request_id_may_be_used_twice_at_once() -> None:
    queue = admission()
    first, second, third = (enter(queue, "same") for _ in range(3))
    assert len({first.ticket.id, second.ticket.id, third.ticket.id}) == 3

    second.leave()
    first.leave()
    assert third.grant is not None
    third.leave()
    assert usage(queue) == (0, 0, 0)


async def test_what_is_refused_leaves_nothing_behind() -> None:
    queue = admission(depth=0)
    running = enter(queue, "a")
    with pytest.raises(QueueFull):
        enter(queue, "b")
    with pytest.raises(ModelNotFound):
        queue.enter(Ticket(RequestId("c"), UserId(UUID(int=1)), "other:latest", WorkloadClass.INTERACTIVE, 1))
    queue.health_changed(R1, Health.OPEN)
    with pytest.raises(NoHealthyReplica):
        enter(queue, "d")

    assert usage(queue) == (1, 0, 1)
    assert queue.arrivals.per_minute(now()) == pytest.approx(1.0)
    running.leave()


async def test_takes_nothing_new_when_it_is_closed_and_lets_the_rest_go_on() -> None:
    queue = admission()
    running, waiting = enter(queue, "a"), enter(queue, "b")
    queue.close()
    with pytest.raises(ShuttingDown):
        enter(queue, "c")
    running.leave()

    assert waiting.grant is not None


async def test_moves_to_another_replica_and_says_when_there_is_none() -> None:
    queue = admission(R1, R2)
    place = enter(queue, "a")
    assert place.grant is not None
    first = place.grant.replica
    assert place.move()
    assert place.grant is not None
    assert place.grant.replica != first

    queue.remove_replica(first)
    assert not place.move()
    assert place.grant is not None
    place.leave()
    assert not place.move()
    assert usage(queue) == (0, 0, 0)


async def test_a_replica_that_comes_back_takes_up_who_waits() -> None:
    queue = admission()
    running = enter(queue, "a")
    waiting = enter(queue, "b")
    queue.health_changed(R1, Health.OPEN)
    running.leave()
    assert waiting.grant is None
    queue.health_changed(R1, Health.HEALTHY)

    assert waiting.grant is not None


async def test_the_wait_is_told_once_something_was_measured() -> None:
    queue = admission()
    running, waiting = enter(queue, "a"), enter(queue, "b")
    assert (waiting.status().position, waiting.status().estimated_wait) == (1, None)
    await asyncio.sleep(4.0)
    running.leave(tokens=10, answered=True)
    later = enter(queue, "c")

    assert later.status().estimated_wait == pytest.approx(4.0)


async def test_a_slot_that_is_never_given_back_is_taken_away_after_its_deadline(caplog: Any) -> None:
    queue = admission(lease_grace=5.0)
    enter(queue, "stuck", deadline=now() + 30.0)
    waiting = enter(queue, "b")
    await waiting.wait(100.0)

    assert now() == pytest.approx(1035.0)
    assert waiting.grant is not None


async def test_no_timer_is_left_when_it_is_stopped() -> None:
    queue = admission()
    enter(queue, "a", deadline=now() + 30.0)
    queue.stop()
    await asyncio.sleep(100.0)

    assert queue.view.in_flight == 1
