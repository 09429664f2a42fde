"""Fleets in front of real or scripted daemons, watched so closely that nobody has to wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.fakes.inference.noted_replicas import NotedReplicas
from tests.infrastructure.inference.ollama_daemon import PATIENT, chat_at
from tests.infrastructure.kernel.http_clients import fast_transport

from ollamanet.application.inference.ports import Replica
from ollamanet.application.inference.replica_ports import ReplicaOptions, ReplicaStatus
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.inference.capacity import Health
from ollamanet.domain.inference.circuit_breaker import BreakerPolicy
from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.domain.inference.replica_health import HealthPolicy
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.infrastructure.inference.fleet_parts import FleetPolicy
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress, ReplicaTimeouts
from ollamanet.infrastructure.inference.replica_fleet import ReplicaFleet
from ollamanet.infrastructure.inference.replica_models import ListingTimes
from ollamanet.infrastructure.kernel.http_transport import FastTransport
from ollamanet.infrastructure.kernel.system_clock import SystemClock

QUICK = FleetPolicy(
    HealthPolicy(BreakerPolicy(first_pause=0.05, longest_pause=0.1), interval=0.05, soon=0.02),
    listings=ListingTimes(fresh=0.05, idle=0.1, pause=0.02, timeout=30, loaded_timeout=30),
    probe_timeout=5.0,
)
SLOW = FleetPolicy(
    HealthPolicy(BreakerPolicy(first_pause=600, longest_pause=600), interval=600, soon=600),
    listings=ListingTimes(fresh=600, idle=600, pause=0.02, timeout=30, loaded_timeout=30),
)
"""Probed once, and then never again while a test lasts."""


@dataclass
class Rig:
    """A fleet, what it told, and the transport under it."""

    fleet: ReplicaFleet
    told: NotedReplicas
    transport: FastTransport
    ids: list[ReplicaId] = field(default_factory=list)

    def add(self, url: str, options: ReplicaOptions | None = None, **more: object) -> ReplicaId:
        self.ids.append(self.fleet.add(url, options or ReplicaOptions(), **more))  # type: ignore[arg-type]
        return self.ids[-1]

    def health(self, index: int = 0) -> Health:
        return self.told.health[self.ids[index]]

    async def check(self, index: int = 0) -> ReplicaStatus:
        """Probe it now, whatever comes of it."""
        with suppress(NoHealthyReplica):
            await self.fleet.probes[index].check()
        return self.fleet.status(self.ids[index])


@asynccontextmanager
async def fleet_of(
    *urls: str,
    policy: FleetPolicy = QUICK,
    clock: Clock | None = None,
    started: bool = True,
    timeouts: ReplicaTimeouts = PATIENT,
    new_chat: Callable[[ReplicaAddress], Replica] | None = None,
    slots_of: Callable[[ModelName], int | None] = lambda _: None,
) -> AsyncIterator[Rig]:
    """No task and no connection may be left when it is closed."""
    before = asyncio.all_tasks()
    async with fast_transport() as transport:
        told = NotedReplicas()
        chat = new_chat or (lambda address: chat_at(address.url, transport, timeouts))
        fleet = ReplicaFleet(told, transport, clock or SystemClock(), chat, slots_of, policy=policy, chance=lambda: 0.0)
        rig = Rig(fleet, told, transport)
        for url in urls:
            rig.add(url)
        if started:
            fleet.start()
        try:
            yield rig
        finally:
            await fleet.aclose()
            left = [task.get_name() for task in asyncio.all_tasks() - before]
            assert [name for name in left if name.endswith(tuple(rig.ids))] == []


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait for something that needs real time; fail after ten seconds."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never came true")
