"""An administrator has a replica started again."""

from dataclasses import dataclass

from ollamanet.application.inference.recovery_ports import Recoveries
from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class RestartReplica:
    """Names the replica."""

    actor: Actor
    replica: str


@dataclass(frozen=True, slots=True)
class RestartReplicaHandler:
    """Asks whatever keeps the replica running; what runs on it is cut, so drain it first where that matters."""

    pool: ReplicaPool
    recoveries: Recoveries

    async def __call__(self, command: RestartReplica) -> None:
        """Begin the restart; how it goes is in the replica's overview.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such replica.
            Conflict: nothing can restart it, or it was restarted too short a time ago (`retry_after`).
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        self.recoveries.restart(named(self.pool, command.replica).id)
