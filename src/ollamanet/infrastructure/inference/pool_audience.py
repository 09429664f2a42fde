"""The pool, as what keeps replicas running sees it."""

from contextlib import suppress
from dataclasses import dataclass

from ollamanet.application.inference.replica_ports import ReplicaPool
from ollamanet.domain.inference.restart_policy import wellness
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class PoolAudience:
    """Satisfies `Audience`; a replica that the pool no longer has is nobody's business."""

    pool: ReplicaPool

    def well(self, replica: ReplicaId) -> bool | None:
        """Whether it does what it is there for; None where nobody can or should say."""
        try:
            status = self.pool.status(replica)
        except NotFound:
            return None
        return wellness(status.health, drained=status.drained)

    def gone(self, replica: ReplicaId, reason: str) -> None:
        """It is dead, or about to be ended."""
        with suppress(NotFound):
            self.pool.gone(replica, reason)

    def restarted(self, replica: ReplicaId) -> None:
        """It was started anew."""
        with suppress(NotFound):
            self.pool.restarted(replica)
