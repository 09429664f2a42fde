"""The real pool keeps the contract of those who look after it."""

from collections.abc import AsyncIterator, Collection

import pytest
from tests.contracts.replica_pools import ReplicaPoolContract
from tests.infrastructure.inference.ollama_daemon import chat_at
from tests.infrastructure.kernel.http_clients import fast_transport

from ollamanet.domain.inference.capacity import Health, ReplicaSpec
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.infrastructure.inference.replica_fleet import ReplicaFleet
from ollamanet.infrastructure.kernel.system_clock import SystemClock


class DeafSink:
    """A `ReplicaSink` that nobody decides by."""

    def put_replica(self, spec: ReplicaSpec, health: Health) -> None: ...

    def remove_replica(self, replica: ReplicaId) -> None: ...

    def health_changed(self, replica: ReplicaId, health: Health) -> None: ...

    def loaded_changed(self, replica: ReplicaId, models: Collection[str]) -> None: ...


class TestReplicaFleet(ReplicaPoolContract):
    @pytest.fixture
    async def pool(self) -> AsyncIterator[ReplicaFleet]:
        async with fast_transport() as transport:
            fleet = ReplicaFleet(DeafSink(), transport, SystemClock(), lambda address: chat_at(address.url, transport))
            yield fleet
            await fleet.aclose()
