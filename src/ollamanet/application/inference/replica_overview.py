"""One replica with all that is known about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ollamanet.application.inference.recovery_ports import AddedReplicas, Recoveries, RecoveryStatus, ReplicaLoads
from ollamanet.application.inference.replica_ports import ReplicaPool, ReplicaStatus
from ollamanet.domain.inference.replica_definition import ReplicaOrigin


@dataclass(frozen=True, slots=True)
class ReplicaOverview:
    """What an administrator sees of a replica.

    Attributes:
        status: how the pool sees it.
        origin: who says that it is there.
        in_flight: requests that hold a slot of it.
        has_token: a token was given when it was added; the token itself is told to nobody.
        recovery: what restarts it; None where nothing does.
    """

    status: ReplicaStatus
    origin: ReplicaOrigin
    in_flight: int
    has_token: bool
    recovery: RecoveryStatus | None


@dataclass(frozen=True, slots=True)
class ReplicaOverviews:
    """Puts together what the pool, the scheduler, the store and the supervisor know."""

    pool: ReplicaPool
    added: AddedReplicas
    loads: ReplicaLoads
    recoveries: Recoveries

    async def of(self, *statuses: ReplicaStatus) -> Sequence[ReplicaOverview]:
        """An overview for each."""
        added = {replica.name: replica for replica in await self.added.all()}
        return [
            ReplicaOverview(
                status=status,
                origin=ReplicaOrigin.ADDED if status.id in added else ReplicaOrigin.CONFIGURED,
                in_flight=self.loads.in_flight(status.id),
                has_token=status.id in added and added[status.id].token is not None,
                recovery=self.recoveries.status(status.id),
            )
            for status in statuses
        ]
