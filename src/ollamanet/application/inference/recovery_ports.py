"""What the administration of replicas needs besides the pool itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.inference.replica_definition import ReplicaDefinition
from ollamanet.domain.inference.restart_policy import RecoveryState
from ollamanet.domain.inference.tickets import ReplicaId
from ollamanet.domain.kernel.ids import UserId


@dataclass(frozen=True, slots=True)
class RecoveryStatus:
    """What keeps a replica running, and how that goes.

    Attributes:
        kind: `process` where we run it ourselves, else `command` or `webhook`.
        state: what it does now.
        restarts: how often it started the replica again, or asked for that.
        detail: the last thing that happened, in words.
        retry_in: seconds until the next start, None where none is due.
        process: number of the running process, None where there is none of ours.
    """

    kind: str
    state: RecoveryState
    restarts: int
    detail: str
    retry_in: float | None = None
    process: int | None = None


class Recoveries(Protocol):
    """What brings replicas back, by replica."""

    def status(self, replica: ReplicaId) -> RecoveryStatus | None:
        """How it stands; None for a replica that nobody here can restart."""
        ...

    def restart(self, replica: ReplicaId) -> None:
        """Begin to start the replica again and return at once; what runs on it is cut.

        Raises:
            Conflict: there is no way to do so, or it was done too short a time ago (`retry_after`).
        """
        ...


class AddedReplicas(Protocol):
    """Where what administrators did to the replicas outlives the process; each call is one short transaction.

    Entries of the audit trail stand or fall with it.
    """

    async def all(self) -> Sequence[ReplicaDefinition]:
        """The replicas that were added, the oldest first."""
        ...

    async def add(
        self, replica: ReplicaDefinition, *, by: UserId, at: datetime, audit: Sequence[AuditEntry] = ()
    ) -> None:
        """Store a replica; of two that come at once with one name or address, one is refused.

        Raises:
            Conflict: the name or the address is there.
        """
        ...

    async def remove(self, replica: ReplicaId, *, audit: Sequence[AuditEntry] = ()) -> None:
        """Forget a replica and that it was drained; one that is not there is no error."""
        ...

    async def drained(self) -> frozenset[ReplicaId]:
        """Every replica that was drained and not resumed, configured ones too."""
        ...

    async def set_drained(self, replica: ReplicaId, *, drained: bool, audit: Sequence[AuditEntry] = ()) -> None:
        """Remember it; idempotent."""
        ...


class ReplicaLoads(Protocol):
    """How much the replicas have to do."""

    def in_flight(self, replica: ReplicaId) -> int:
        """Requests that hold a slot of it now; 0 for one that is not known."""
        ...


class HostAddresses(Protocol):
    """What names of hosts stand for."""

    async def of(self, host: str) -> Sequence[str]:
        """Every IP address of the host, 1..n.

        Raises:
            InvalidRequest: there is none, or none was found in time.
        """
        ...
