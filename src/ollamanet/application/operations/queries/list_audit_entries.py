"""Who did what?"""

from dataclasses import dataclass

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.application.operations.audit_ports import AuditArchive, RecordedEntry
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.domain.operations.audit_filter import AuditFilter


@dataclass(frozen=True, slots=True)
class ListAuditEntries:
    """Asks for a page of the audit trail, the newest first.

    Attributes:
        actor: who asks; None for the command line, which has the database before it anyway.
    """

    actor: Actor | None
    wanted: AuditFilter
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListAuditEntriesHandler:
    """For those who may read the trail."""

    archive: AuditArchive

    async def __call__(self, query: ListAuditEntries) -> Page[RecordedEntry]:
        """One page, empty past the end.

        Raises:
            Forbidden: the caller may not read the trail.
        """
        if query.actor is not None:
            query.actor.require(Permission.AUDIT_READ)
        return await self.archive.page(query.wanted, query.page)
