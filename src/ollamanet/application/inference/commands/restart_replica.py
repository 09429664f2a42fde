"""An administrator has a replica started again."""

from dataclasses import dataclass

from ollamanet.application.inference.audited import Audited, ReplicaLedger
from ollamanet.application.inference.recovery_ports import Recoveries
from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class RestartReplica(Audited):
    """Names the replica."""

    actor: Actor
    replica: str


@dataclass(frozen=True, slots=True)
class RestartReplicaHandler:
    """Asks whatever keeps the replica running; what runs on it is cut, so drain it first where that matters."""

    pool: ReplicaPool
    recoveries: Recoveries
    ledger: ReplicaLedger

    async def __call__(self, command: RestartReplica) -> None:
        """Begin the restart; how it goes is in the replica's overview.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such replica.
            Conflict: nothing can restart it, or it was restarted too short a time ago (`retry_after`).
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        replica = named(self.pool, command.replica).id
        self.recoveries.restart(replica)
        await self.ledger.record("restarted", replica, command)
