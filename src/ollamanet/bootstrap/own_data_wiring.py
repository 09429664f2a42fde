"""What every module has of a user, joined for him to take along; and his leaving."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Router

from ollamanet.application.conversations.queries.export_conversations import ExportConversations
from ollamanet.application.identity.commands.delete_own_account import DeleteOwnAccountHandler
from ollamanet.application.identity.commands.delete_user import DeleteUserHandler
from ollamanet.application.identity.commands.export_own_data import ExportOwnDataHandler
from ollamanet.application.identity.departures import KnownCallers
from ollamanet.application.identity.ports import PasswordHasher, Users
from ollamanet.application.identity.queries.export_account import ExportAccount
from ollamanet.application.inference.queries.export_usage import ExportUsage
from ollamanet.application.kernel.own_data import OwnData
from ollamanet.bootstrap.storage import Storage
from ollamanet.infrastructure.conversations.sql_whole_conversations import SqlWholeConversations
from ollamanet.infrastructure.identity.sql_departures import SqlDepartures
from ollamanet.infrastructure.identity.sql_whole_account import SqlWholeAccount
from ollamanet.infrastructure.inference.sql_whole_usage import SqlWholeUsage
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.interfaces.conversations.own_conversations import OwnConversations
from ollamanet.interfaces.identity.own_account import OwnAccount
from ollamanet.interfaces.identity.own_data_routes import own_data_router
from ollamanet.interfaces.inference.own_usage import OwnUsage


@dataclass(frozen=True, slots=True)
class Departure:
    """The use cases of leaving; `delete_user` is what administrators use too."""

    delete_user: DeleteUserHandler
    routes: Sequence[Router]


def wire_departure(storage: Storage, users: Users, hasher: PasswordHasher, known: KnownCallers) -> Departure:
    """Join it; `known` is told at once whose tokens must not work any more."""
    clock = SystemClock()
    delete_user = DeleteUserHandler(SqlDepartures(storage.database), known, clock)
    leave = DeleteOwnAccountHandler(users, hasher, delete_user)
    export = ExportOwnDataHandler(_parts(storage, users), SqlAuditTrail(storage.writer), clock)
    return Departure(delete_user, [own_data_router(export, leave, clock)])


def _parts(storage: Storage, users: Users) -> list[OwnData]:
    database = storage.database
    return [
        OwnAccount(ExportAccount(users, SqlWholeAccount(database))),
        OwnUsage(ExportUsage(SqlWholeUsage(database))),
        OwnConversations(ExportConversations(SqlWholeConversations(database))),
    ]
