"""What every module has of a user, joined for him to take along; and his leaving."""

from litestar import Router

from ollamanet.application.conversations.queries.export_conversations import ExportConversations
from ollamanet.application.identity.commands.delete_own_account import DeleteOwnAccountHandler
from ollamanet.application.identity.commands.export_own_data import ExportOwnDataHandler
from ollamanet.application.identity.own_account import PasswordCheck
from ollamanet.application.identity.ports import CallerCache, Users
from ollamanet.application.identity.queries.export_account import ExportAccount
from ollamanet.application.inference.queries.export_usage import ExportUsage
from ollamanet.application.kernel.own_data import OwnData
from ollamanet.bootstrap.storage import Storage
from ollamanet.infrastructure.conversations.sql_whole_conversations import SqlWholeConversations
from ollamanet.infrastructure.identity.sql_administered_users import SqlAdministeredUsers
from ollamanet.infrastructure.identity.sql_whole_account import SqlWholeAccount
from ollamanet.infrastructure.inference.sql_whole_usage import SqlWholeUsage
from ollamanet.infrastructure.kernel.sql_audit_trail import SqlAuditTrail
from ollamanet.infrastructure.kernel.system_clock import SystemClock
from ollamanet.interfaces.conversations.own_conversations import OwnConversations
from ollamanet.interfaces.identity.own_account import OwnAccount
from ollamanet.interfaces.identity.own_data_routes import own_data_router
from ollamanet.interfaces.inference.own_usage import OwnUsage


def own_data_routes(storage: Storage, users: Users, check: PasswordCheck, callers: CallerCache) -> list[Router]:
    """Routes of `/api/v1`, for callers who are known; `callers` is told at once whose tokens must not work any more."""
    clock = SystemClock()
    leave = DeleteOwnAccountHandler(check, SqlAdministeredUsers(storage.database), callers, clock)
    export = ExportOwnDataHandler(own_data_of(storage, users), SqlAuditTrail(storage.writer), clock)
    return [own_data_router(export, leave, clock)]


def own_data_of(storage: Storage, users: Users) -> list[OwnData]:
    """What the modules have, in the order of the archive."""
    database = storage.database
    return [
        OwnAccount(ExportAccount(users, SqlWholeAccount(database))),
        OwnUsage(ExportUsage(SqlWholeUsage(database))),
        OwnConversations(ExportConversations(SqlWholeConversations(database))),
    ]
