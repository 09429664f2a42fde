"""A model that fails on a replica whose other models work: nobody takes the replica from others by asking for it."""

import asyncio

import pytest
from tests.infrastructure.inference.fleets import SLOW, becomes
from tests.infrastructure.inference.test_fleet_faults import ask, ready
from tests.infrastructure.simulator.daemons import NATIVE, daemon

from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.errors import ReplicaFailed, ReplicaLost
from ollamanet.infrastructure.inference.ollama_address import ReplicaTimeouts
from ollamanet.infrastructure.simulator.options import ModelSpec

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "fault", ["refuse", "busy", "cut-headers", "empty", "hang", "oom", "die-mid-stream:2", "garbage"]
)
async def test_who_insists_on_a_broken_model_does_not_take_the_replica_from_others(fault: str) -> None:
    broken = ModelSpec(name="broken", fault=fault)
    timeouts = ReplicaTimeouts(connect=30, first_token=0.1, silence=0.1)
    async with daemon(models=(NATIVE, broken), slots=9) as ollama, ready(ollama, timeouts=timeouts) as rig:
        await ask(rig)
        before = len(rig.told.told[rig.ids[0]])
        for _ in range(3):
            await asyncio.gather(*(ask(rig, "broken") for _ in range(4)), return_exceptions=True)

        assert rig.told.told[rig.ids[0]][before:] == []
        await ask(rig)


async def test_nor_does_he_when_nobody_asked_for_another_lately() -> None:
    broken = ModelSpec(name="broken", fault="oom")
    async with daemon(models=(NATIVE, broken), slots=9) as ollama, ready(ollama) as rig:
        for _ in range(3):
            with pytest.raises(ReplicaFailed):
                await ask(rig, "broken")
        await becomes(lambda: rig.health() is Health.HALF_OPEN)
        for _ in range(3):
            with pytest.raises(ReplicaFailed):
                await ask(rig, "broken")
            assert rig.health() is Health.HALF_OPEN
        await ask(rig)
        assert rig.health() is Health.HEALTHY


async def test_a_model_whose_answers_break_off_goes_to_another_replica() -> None:
    broken = ModelSpec(name="shared", fault="die-mid-stream:2")
    async with (
        daemon(models=(NATIVE, broken)) as bad,
        daemon(models=(NATIVE, ModelSpec(name="shared"))) as good,
        ready(bad, policy=SLOW) as rig,
    ):
        rig.add(good.base_url)
        await becomes(lambda: "shared:latest" in rig.told.specs[rig.ids[1]].installed)
        await ask(rig)
        for _ in range(4):
            with pytest.raises(ReplicaLost):
                await ask(rig, "shared")

        assert set(rig.told.specs[rig.ids[0]].installed) == {"native:latest"}
        assert rig.health() is Health.HEALTHY
