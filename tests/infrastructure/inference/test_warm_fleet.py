"""What is kept warm, what requests want, and what the fleet knows, before simulated daemons."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from tests.infrastructure.inference.fleets import SLOW, becomes
from tests.infrastructure.inference.ollama_daemon import chat_at
from tests.infrastructure.inference.warming import OPTIONS, QUICK, warm
from tests.infrastructure.kernel.http_clients import fast_transport

from ollamanet.application.inference.replica_ports import ReplicaOptions
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.scheduling_policy import SchedulingPolicy
from ollamanet.domain.inference.tickets import ReplicaId, Ticket, WorkloadClass
from ollamanet.domain.inference.warmth import WarmState
from ollamanet.domain.kernel.ids import RequestId, UserId
from ollamanet.infrastructure.inference.model_warmer import ModelWarmer
from ollamanet.infrastructure.inference.queue_loads import QueueLoads
from ollamanet.infrastructure.inference.replica_fleet import ReplicaFleet
from ollamanet.infrastructure.inference.scheduled_admission import ScheduledAdmission, ScheduledPlace
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.infrastructure.simulator.app import Simulator
from ollamanet.infrastructure.simulator.server import running_simulator

pytestmark = pytest.mark.anyio

FOLDER = "/ollama"


@dataclass(frozen=True, slots=True)
class BelowFolder(httpx.AsyncBaseTransport):
    """A proxy that has the daemon below a path."""

    inner: httpx.AsyncBaseTransport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.path.startswith(FOLDER + "/")
        request.url = request.url.copy_with(path=request.url.path.removeprefix(FOLDER))
        return await self.inner.handle_async_request(request)


@dataclass(frozen=True, slots=True)
class WarmFleet:
    """A queue, a fleet of one replica that is probed only once, and what warms it."""

    simulator: Simulator
    admission: ScheduledAdmission
    fleet: ReplicaFleet
    warmer: ModelWarmer
    replica: ReplicaId

    def enters(self, name: str, model: str) -> ScheduledPlace:
        return self.admission.enter(Ticket(RequestId(name), UserId(UUID(int=1)), model, WorkloadClass.INTERACTIVE, 10))

    async def until_asked(self) -> None:
        """The replica has listed its models, and which of them are loaded."""
        asked = self.simulator.counters.requests
        await becomes(lambda: self.fleet.status(self.replica).health is Health.HEALTHY)
        await becomes(lambda: bool(asked["GET /api/tags"] and asked["GET /api/ps"]) and bool(self.installed))

    @property
    def installed(self) -> object:
        return self.fleet.status(self.replica).models

    @property
    def loaded(self) -> set[str]:
        return {model.name.family for model in self.fleet.status(self.replica).models if model.resident}

    @property
    def states(self) -> dict[str, WarmState]:
        return {each.model.family: each.state for each in self.warmer.states()}


@asynccontextmanager
async def warm_fleet(*models: str, path: str = "", name: str | None = None, **changes: Any) -> AsyncIterator[WarmFleet]:
    """The warmer has not begun."""
    options = msgspec.structs.replace(OPTIONS, **changes)
    async with running_simulator(options) as running, fast_transport() as plain:
        transport = BelowFolder(plain) if path else plain
        clock = SystemClock()
        admission = ScheduledAdmission(SchedulingPolicy(depth=10), clock)
        fleet = ReplicaFleet(admission, transport, clock, lambda at: chat_at(at.url, transport), policy=SLOW)
        replica = fleet.add(
            running.base_url + path, ReplicaOptions(), replica=None if name is None else ReplicaId(name)
        )
        kept = [warm(each) for each in models]
        warmer = ModelWarmer(
            fleet.apis, kept, clock, in_use=QueueLoads(admission).in_use, pace=QUICK, changed=fleet.loads_changed
        )
        fleet.start()
        try:
            yield WarmFleet(running.simulator, admission, fleet, warmer, replica)
        finally:
            await warmer.aclose()
            await fleet.aclose()
            admission.stop()


async def test_a_request_for_a_model_that_was_loaded_beforehand_is_no_cold_load() -> None:
    async with warm_fleet("talker", load_seconds=0.05) as rig:
        await rig.until_asked()
        before = rig.enters("before", "other:latest")
        before.leave()
        rig.warmer.start()
        await becomes(lambda: "talker" in rig.loaded)
        after = rig.enters("after", "talker:latest")
        after.leave()

        assert before.grant is not None
        assert before.grant.cold_load
        assert after.grant is not None
        assert not after.grant.cold_load


async def test_a_model_that_was_taken_back_is_not_taken_for_loaded() -> None:
    async with warm_fleet("talker", "other", gpu_memory=1500) as rig:
        await rig.until_asked()
        rig.warmer.start()
        await becomes(lambda: rig.states == {"talker": WarmState.WARM, "other": WarmState.DOES_NOT_FIT})
        await becomes(lambda: rig.loaded == {"talker"})


@pytest.mark.parametrize(("path", "name"), [("", None), (FOLDER, None), (FOLDER, "gpu1")])
async def test_requests_on_a_replica_of_any_name_are_seen(path: str, name: str | None) -> None:
    async with warm_fleet("talker", path=path, name=name) as rig:
        await rig.until_asked()
        place = rig.enters("running", "other:latest")
        rig.warmer.start()
        await becomes(lambda: rig.states == {"talker": WarmState.WAITING})
        assert [(each.replica, each.detail) for each in rig.warmer.states()] == [(rig.replica, "requests run there")]
        assert rig.simulator.counters.loads == 0

        place.leave()
        await becomes(lambda: rig.states == {"talker": WarmState.WARM})


async def test_what_is_told_of_a_replica_that_was_removed_is_nothing_to_the_fleet() -> None:
    async with warm_fleet("talker") as rig:
        await rig.until_asked()
        asked = rig.simulator.counters.requests["GET /api/ps"]
        await rig.fleet.remove(rig.replica)
        rig.fleet.loads_changed(rig.replica)

        assert rig.simulator.counters.requests["GET /api/ps"] == asked
