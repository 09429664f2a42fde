"""An administrator takes a replica out again."""

from dataclasses import dataclass

from ollamanet.application.inference.audited import Audited, ReplicaLedger, shown
from ollamanet.application.inference.recovery_ports import AddedReplicas
from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.inference.replica_definition import ReplicaDefinition
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import Conflict
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class RemoveReplica(Audited):
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
    ledger: ReplicaLedger

    async def __call__(self, command: RemoveReplica) -> ReplicaId:
        """Give it no more work, and forget it; its name.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such replica.
            Conflict: it comes from the configuration, which would bring it back.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        replica = named(self.pool, command.replica).id
        known = {each.name: each for each in await self.added.all()}
        if replica not in known:
            raise Conflict("this replica comes from the configuration: drain it here, remove it there")
        await uncancelled(self._forget(known[replica], command))
        return replica

    async def _forget(self, replica: ReplicaDefinition, command: RemoveReplica) -> None:
        how = {"cut": True} if command.force else None
        entry = self.ledger.entry("removed", replica.name, command, before=shown(replica), after=how)
        await self.added.remove(replica.name, audit=[entry])
        await self.pool.remove(replica.name, cut=command.force)
