"""A fleet keeps the contracts of one replica and of one directory."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from tests.contracts.model_directories import Listing, ModelDirectoryContract
from tests.contracts.probes import ProbeContract
from tests.contracts.replicas import Playing, ReplicaContract
from tests.fakes.inference.scripts import Step
from tests.infrastructure.inference.fleets import fleet_of
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import listing as list_answer
from tests.infrastructure.inference.ollama_answers import refusal
from tests.infrastructure.inference.test_inference_contracts import play_to
from tests.infrastructure.kernel.http_scripted_server import Handler, Peer, refusing_url, scripted_server
from tests.infrastructure.simulator.daemons import daemon

from ollamanet.application.inference.ports import ReplicaStream
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.infrastructure.inference.replica_fleet import ReplicaFleet
from ollamanet.infrastructure.inference.replica_probe import ReplicaProbe


@dataclass
class OneOfMany:
    """A replica of a fleet, as if it stood alone."""

    fleet: ReplicaFleet
    name: ReplicaId

    async def open(self, request: ReplyRequest, *, timeout: float) -> ReplicaStream:
        return await self.fleet.open(self.name, request, timeout=timeout)


class TestReplicaOfAFleet(ReplicaContract):
    @pytest.fixture
    def playing(self) -> Playing:
        @asynccontextmanager
        async def play(script: Sequence[Step]) -> AsyncIterator[OneOfMany]:
            async with (
                scripted_server(lambda peer: play_to(peer, script)) as server,
                fleet_of(server.url, refusing_url(), started=False) as rig,
            ):
                yield OneOfMany(rig.fleet, rig.ids[0])
                assert rig.fleet.status(rig.ids[0]).running == 0

        return play


def lister(names: Collection[str] | None, resident: Collection[str]) -> Handler:
    async def handler(peer: Peer) -> None:
        while request := await peer.request():
            shown = names if request.startswith(b"GET /api/tags ") else resident
            models: list[dict[str, object]] = [{"name": name} for name in shown or ()]
            await peer.send(refusal(500, b"{}") if shown is None else list_answer(models))

    return handler


class TestDirectoryOfAFleet(ModelDirectoryContract):
    """With each model on a replica of its own, beside one that is dead."""

    @pytest.fixture
    def listing(self) -> Listing:
        @asynccontextmanager
        async def listed(names: Collection[str] | None, resident: Collection[str]) -> AsyncIterator[ReplicaFleet]:
            alone = [None] if names is None else [[name] for name in names] or [[]]
            async with AsyncExitStack() as stack:
                urls = [refusing_url()]
                for each in alone:
                    here = [name for name in resident if name in (each or [])]
                    urls.append((await stack.enter_async_context(scripted_server(lister(each, here)))).url)
                rig = await stack.enter_async_context(fleet_of(*urls, clock=HandClock(), started=False))
                yield rig.fleet

        return listed


class TestProbesOfAFleet(ProbeContract):
    @pytest.fixture
    async def well(self) -> AsyncIterator[ReplicaProbe]:
        async with daemon() as ollama, fleet_of(ollama.base_url) as rig:
            yield rig.fleet.probes[0]

    @pytest.fixture
    async def broken(self) -> AsyncIterator[ReplicaProbe]:
        async with fleet_of(refusing_url()) as rig:
            yield rig.fleet.probes[0]
