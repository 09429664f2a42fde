"""An administrator takes a replica out again."""

from dataclasses import dataclass

from ollamanet.application.inference.recovery_ports import AddedReplicas
from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.application.kernel.actor import ADMIN, Actor
from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict


@dataclass(frozen=True, slots=True)
class RemoveReplica:
    """Names the replica.

    Attributes:
        force: what runs on it is cut; otherwise it may end.
    """

    actor: Actor
    replica: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class RemoveReplicaHandler:
    """Takes out what was added while the service ran."""

    pool: ReplicaPool
    added: AddedReplicas

    async def __call__(self, command: RemoveReplica) -> ReplicaId:
        """Give it no more work, and forget it; its name.

        Raises:
            Forbidden: the caller is no administrator.
            NotFound: there is no such replica.
            Conflict: it comes from the configuration, which would bring it back.
        """
        command.actor.require_role(ADMIN)
        replica = named(self.pool, command.replica).id
        if replica not in {each.name for each in await self.added.all()}:
            raise Conflict("this replica comes from the configuration: drain it here, remove it there")
        await uncancelled(self._forget(replica, cut=command.force))
        return replica

    async def _forget(self, replica: ReplicaId, *, cut: bool) -> None:
        await self.added.remove(replica)
        await self.pool.remove(replica, cut=cut)
