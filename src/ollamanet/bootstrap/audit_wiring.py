"""The audit trail, joined to its adapters; the server and the command line both use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from litestar import Router

from ollamanet.application.operations.commands.export_trail import ExportTrailHandler
from ollamanet.application.operations.queries.list_audit_entries import ListAuditEntriesHandler
from ollamanet.application.operations.queries.verify_trail import VerifyTrailHandler
from ollamanet.bootstrap.settings import Settings
from ollamanet.bootstrap.storage import Storage, open_storage
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.infrastructure.operations.sql_audit_archive import SqlAuditArchive
from ollamanet.interfaces.operations.audit_routes import AuditUseCases, audit_router


@dataclass(frozen=True, slots=True)
class Audit:
    """The use cases of the audit trail."""

    listed: ListAuditEntriesHandler
    export: ExportTrailHandler
    verify: VerifyTrailHandler

    def router(self) -> Router:
        """Its routes, for signed-in callers."""
        return audit_router(AuditUseCases(self.listed, self.export))


def wire_audit(storage: Storage) -> Audit:
    """Join it."""
    archive = SqlAuditArchive(storage.database)
    return Audit(
        listed=ListAuditEntriesHandler(archive),
        export=ExportTrailHandler(archive, SqlAuditTrail(storage.writer), SystemClock()),
        verify=VerifyTrailHandler(archive),
    )


@dataclass(frozen=True, slots=True)
class AuditCommands:
    """What the `audit` commands run on."""

    settings: Settings

    @asynccontextmanager
    async def audit(self) -> AsyncIterator[Audit]:
        """Open the database, give the use cases, close it."""
        async with open_storage(self.settings) as storage:
            yield wire_audit(storage)
