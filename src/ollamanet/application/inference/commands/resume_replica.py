"""An administrator lets a drained replica work again."""

from dataclasses import dataclass

from ollamanet.application.inference.recovery_ports import AddedReplicas
from ollamanet.application.inference.replica_lookup import named
from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ResumeReplica:
    """Names the replica."""

    actor: Actor
    replica: str


@dataclass(frozen=True, slots=True)
class ResumeReplicaHandler:
    """Ends what `DrainReplica` began."""

    pool: ReplicaPool
    added: AddedReplicas

    async def __call__(self, command: ResumeReplica) -> None:
        """Let it work as soon as it is well; idempotent.

        Raises:
            Forbidden: the caller may not change the system.
            NotFound: there is no such replica.
        """
        command.actor.require(Permission.SYSTEM_WRITE)
        replica = named(self.pool, command.replica).id
        await self.added.set_drained(replica, drained=False)
        self.pool.resume(replica)
