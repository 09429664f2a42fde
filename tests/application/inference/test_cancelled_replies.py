"""Whoever goes away, at whatever moment, gives back what he had."""

import asyncio
import random
from contextlib import aclosing

import pytest
from tests.application.inference.generating import NOTHING, Listener, Service
from tests.fakes.inference.scripts import WHOLE
from tests.fakes.kernel.cancelling import cut_short

pytestmark = pytest.mark.anyio

ENOUGH = 60


async def hear(service: Service, steps: int | None = None, user: int = 1) -> None:
    """Hear a reply, or only its first batches."""
    async with aclosing(service.admit(user=user).events()) as events:
        async for _ in events:
            await asyncio.sleep(0)
            if steps is not None and (steps := steps - 1) == 0:
                return


async def test_at_every_wait_with_a_slot_at_once() -> None:
    for wait in range(1, ENOUGH):
        service = Service("Hel", 1.0, "lo", WHOLE)
        cut = await cut_short(hear(service), wait)
        assert service.in_use == NOTHING
        if cut.waits < wait:
            break

    assert 8 < wait < ENOUGH - 1


async def test_at_every_wait_behind_another_request() -> None:
    for wait in range(1, ENOUGH):
        service = Service("Hel", 1.2, "lo", WHOLE)
        running = Listener(service.admit(user=2))
        cut = await cut_short(hear(service), wait)
        await running.task
        assert running.events[-1] == WHOLE
        assert service.in_use == NOTHING
        if cut.waits < wait:
            break

    assert 10 < wait < ENOUGH - 1


async def test_while_it_already_goes_away() -> None:
    for wait in range(1, 20):
        for later in range(wait + 1, wait + 5):
            service = Service("Hel", 1.0, "lo", WHOLE)
            await cut_short(hear(service), wait, later)
            await asyncio.sleep(0)
            assert service.in_use[:3] == NOTHING[:3]


@pytest.mark.parametrize("steps", [1, 2, 3])
async def test_by_closing_instead_of_being_cancelled(steps: int) -> None:
    service = Service("Hel", "lo", WHOLE)
    await hear(service, steps)

    assert service.in_use == NOTHING


async def test_before_it_ever_listened() -> None:
    service = Service()
    reply = service.admit()
    await reply.events().aclose()
    reply.release()

    assert service.in_use == NOTHING


async def test_two_thousand_at_random_moments_leave_no_slot_taken() -> None:
    chance = random.Random(20261122)
    service = Service("Hel", 0.01, "lo", 0.01, WHOLE, slots=3, depth=5000)
    tasks = [
        asyncio.ensure_future(cut_short(hear(service, user=number % 50), chance.randrange(1, 25)))
        for number in range(2000)
    ]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, service.admission.view.in_flight)
        await asyncio.sleep(0.1)
    await asyncio.gather(*tasks)

    assert most == 3
    assert service.in_use == NOTHING
