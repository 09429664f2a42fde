"""An administrator keeps work away from a replica."""

from dataclasses import dataclass

from ollamanet.application.inference.audited import Audited, ReplicaLedger
from ollamanet.application.inference.recovery_ports import AddedReplicas
from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.permissions import Permission

REASON = "drained by an administrator"


@dataclass(frozen=True, slots=True)
class DrainReplica(Audited):
    """Names the replica."""

    actor: Actor
    replica: str


@dataclass(frozen=True, slots=True)
class DrainReplicaHandler:
    """Lets a replica finish what it has, and gives it nothing new, beyond the end of this process too."""

    pool: ReplicaPool
    added: AddedReplicas
    ledger: ReplicaLedger

    async def __call__(self, command: DrainReplica) -> None:
        """Drain it; idempotent.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such replica.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        status = named(self.pool, command.replica)
        replica = status.id
        before, after = {"drained": status.drained}, {"drained": True}
        entry = self.ledger.entry("drained", replica, command, before, after)
        await self.added.set_drained(replica, drained=True, audit=[entry])
        self.pool.drain(replica, REASON)
