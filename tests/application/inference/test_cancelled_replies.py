"""Whoever goes away, at whatever moment, gives back what he had."""

import asyncio
import random
from collections import Counter
from contextlib import aclosing

import pytest
from tests.application.inference.generating import NOTHING, Listener, Service
from tests.fakes.inference.scripted_replica import ScriptedReplica, ScriptedStream
from tests.fakes.inference.scripts import WHOLE
from tests.fakes.kernel.cancelling import cut_short

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import NoHealthyReplica, ReplicaFailed, ReplicaLost
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.errors import Refusal

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


class Moody(ScriptedReplica):
    """Says something else each time: the whole, a part, nothing, or that it cannot."""

    def __init__(self, name: str, chance: random.Random) -> None:
        super().__init__(name=name)
        self._chance = chance

    async def open(self, request: ReplyRequest, *, timeout: float) -> ScriptedStream:
        self.script = self._chance.choice(SCRIPTS)
        return await super().open(request, timeout=timeout)


SCRIPTS = (
    ("Hel", 0.01, "lo", 0.01, WHOLE),
    ("Hel", "lo", ReplicaLost("cut")),
    (0.05, ReplicaLost("cut")),
    (ReplicaFailed("no memory"),),
    (NoHealthyReplica("busy"),),
    ("Hel", 300.0, WHOLE),
)


async def gone_or_failed(service: Service, user: int, moment: int) -> str:
    try:
        cut = await cut_short(hear(service, user=user), moment)
    except Refusal as refusal:
        return refusal.code
    return "cut" if cut.waits >= moment else "answered"


async def test_five_thousand_at_random_moments_leave_nothing_behind_whatever_fails() -> None:
    chance = random.Random(20261122)
    pool = [Moody(name, chance) for name in ("one:11434", "two:11434")]
    service = Service(slots=2, depth=5000, others=pool)
    service.admission.remove_replica(ReplicaId("scripted:11434"))
    tasks = [
        asyncio.ensure_future(gone_or_failed(service, number % 50, chance.randrange(1, 40))) for number in range(5000)
    ]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, service.admission.view.in_flight)
        name = ReplicaId(chance.choice(pool).name)
        service.admission.health_changed(name, chance.choice([Health.HEALTHY, Health.HEALTHY, Health.OPEN]))
        await asyncio.sleep(0.1)
    ends = Counter([await task for task in tasks])

    assert most == 4
    assert service.in_use == NOTHING
    assert service.admission.view.waiting_bytes == 0
    assert len(service.meter.records) == 5000 - ends["queue_full"]
    assert {"cut", "answered", "upstream_error"} <= ends.keys()
    assert len(asyncio.all_tasks()) == 1
