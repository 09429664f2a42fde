"""The audit trail in the database, for what no other write carries along."""

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.kernel.errors import StorageUnavailable
from ollamanet.infrastructure.kernel.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class SqlAuditTrail:
    """Satisfies `AuditTrail`; it shares transactions with other writes."""

    writer: GroupCommit

    async def record(self, *entries: AuditEntry) -> None:
        """Append; durable when this returns."""
        if not entries:
            return
        try:
            await self.writer.submit(audit=entries)
        except (SQLAlchemyError, OSError) as error:
            raise StorageUnavailable("the audit trail cannot be written now", retry_after=5.0) from error
