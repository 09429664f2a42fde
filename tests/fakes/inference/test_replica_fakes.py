"""The fakes of the administration of replicas keep the contracts of the real things."""

import pytest
from tests.contracts.added_replicas import AddedReplicasContract
from tests.contracts.replica_pools import ReplicaPoolContract
from tests.fakes.inference.memory_pool import MemoryPool
from tests.fakes.inference.memory_replicas import MemoryReplicas


class TestMemoryPool(ReplicaPoolContract):
    @pytest.fixture
    def pool(self) -> MemoryPool:
        return MemoryPool()


class TestMemoryReplicas(AddedReplicasContract):
    @pytest.fixture
    def added(self) -> MemoryReplicas:
        return MemoryReplicas()
