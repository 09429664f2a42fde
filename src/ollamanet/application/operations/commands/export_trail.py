"""Take a copy of the audit trail out; that this was done is an entry itself."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.audit import OPERATOR, Agent, AuditEntry, AuditTrail, Origin
from ollamanet.application.kernel.clock import Clock
from ollamanet.application.operations.audit_ports import AuditArchive, RecordedEntry
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.domain.operations.audit_filter import AuditFilter


@dataclass(frozen=True, slots=True)
class ExportTrail:
    """What of it.

    Attributes:
        actor: who asks; None for the command line, which has the database before it anyway.
    """

    actor: Actor | None
    wanted: AuditFilter
    origin: Origin


@dataclass(frozen=True, slots=True)
class ExportTrailHandler:
    """For those who may read the trail."""

    archive: AuditArchive
    trail: AuditTrail
    clock: Clock

    async def __call__(self, command: ExportTrail) -> AsyncGenerator[Sequence[RecordedEntry]]:
        """Note it, then give the entries that there are now, the oldest first, in batches.

        Raises:
            Forbidden: the caller may not read the trail.
            StorageUnavailable: it cannot be noted, so nothing is given.
        """
        if command.actor is not None:
            command.actor.require(Permission.AUDIT_READ)
        by = OPERATOR if command.actor is None else Agent.of(command.actor)
        asked = {name: str(value) for name in AuditFilter.__slots__ if (value := getattr(command.wanted, name))}
        entry = AuditEntry("audit.exported", by, command.origin, self.clock.now(), after=asked)
        await self.trail.record(entry)
        head = await self.archive.head()
        return self.archive.entries(command.wanted, until=0 if head is None else head.seq)
