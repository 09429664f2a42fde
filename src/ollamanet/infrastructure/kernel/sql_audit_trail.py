"""The audit trail in the database, for entries that no other write carries along."""

from dataclasses import dataclass

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class SqlAuditTrail:
    """Satisfies `AuditTrail`."""

    writer: GroupCommit

    async def record(self, *entries: AuditEntry) -> None:
        """Append; durable when this returns."""
        await self.writer.submit(audit=entries)
