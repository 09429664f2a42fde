"""A start brings back what administrators did to the replicas."""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.inference.commands.add_replica import give
from ollamanet.application.inference.commands.drain_replica import REASON
from ollamanet.application.inference.recovery_ports import AddedReplicas
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.domain.inference.tickets import ReplicaId


@dataclass(frozen=True, slots=True)
class RestoreReplicasHandler:
    """Adds and drains what is stored, once the configured replicas are in the pool."""

    pool: ReplicaPool
    added: AddedReplicas

    async def __call__(self) -> Sequence[ReplicaId]:
        """Bring them back.

        Returns:
            Those that were left out, as the configuration has their name or their address by now.
        """
        left_out = []
        for replica in await self.added.all():
            there = self.pool.statuses()
            if any(status.id == replica.name or status.url == str(replica.url) for status in there):
                left_out.append(replica.name)
            else:
                give(self.pool, replica)
        drained = await self.added.drained()
        for status in self.pool.statuses():
            if status.id in drained:
                self.pool.drain(status.id, REASON)
        return left_out
