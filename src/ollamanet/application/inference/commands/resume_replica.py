"""An administrator lets a drained replica work again."""

from dataclasses import dataclass

from ollamanet.application.inference.audited import Audited, ReplicaLedger
from ollamanet.application.inference.recovery_ports import AddedReplicas
from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ResumeReplica(Audited):
    """Names the replica."""

    actor: Actor
    replica: str


@dataclass(frozen=True, slots=True)
class ResumeReplicaHandler:
    """Ends what `DrainReplica` began."""

    pool: ReplicaPool
    added: AddedReplicas
    ledger: ReplicaLedger

    async def __call__(self, command: ResumeReplica) -> None:
        """Let it work as soon as it is well; idempotent.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such replica.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        status = named(self.pool, command.replica)
        replica = status.id
        before, after = {"drained": status.drained}, {"drained": False}
        entry = self.ledger.entry("resumed", replica, command, before, after)
        await self.added.set_drained(replica, drained=False, audit=[entry])
        self.pool.resume(replica)
