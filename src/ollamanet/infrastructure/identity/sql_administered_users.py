"""Accounts in the database, as administrators see them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from ollamanet.application.identity.administration_ports import AccountChange, AccountOverview, UserSearch
from ollamanet.application.identity.sign_in_guard import subjects_of
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity import user_admin_statements as statements
from ollamanet.infrastructure.identity.account_changes import carry_out_change, forget_traces
from ollamanet.infrastructure.identity.sql_users import REFUSALS, locked_user, user_from
from ollamanet.infrastructure.identity.statements import USER_BY_ID
from ollamanet.infrastructure.identity.user_search import ORDERS, search_parameters
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.sql_errors import refusals


@dataclass(frozen=True, slots=True)
class SqlAdministeredUsers:
    """Satisfies `AdministeredUsers`; changes are serialised over all instances by the head of the audit trail."""

    database: Database

    async def search(self, wanted: UserSearch, page: PageRequest) -> Page[User]:
        """Accounts in the order that is asked for."""
        conditions = search_parameters(wanted)
        window = {"limit": page.page_size, "offset": page.offset}
        ordered = ORDERS[wanted.sort, wanted.descending]

        def read(connection: Connection) -> Page[User]:
            users = tuple(user_from(row) for row in connection.execute(ordered, conditions | window))
            total = connection.execute(statements.COUNT_FOUND, conditions).scalar_one()
            return Page(users, page.page, page.page_size, total)

        return await self.database.read(read)

    async def overview(self, user_id: UserId, *, at: datetime) -> AccountOverview | None:
        """One account with what belongs to it, or None."""
        theirs = {"owner": user_id, "now": at}

        def read(connection: Connection) -> AccountOverview | None:
            row = connection.execute(USER_BY_ID, {"user_id": user_id}).one_or_none()
            if row is None:
                return None
            user = user_from(row)
            by_email, by_username, by_id = subjects_of(user)
            failures = {"by_email": by_email, "by_username": by_username, "by_id": by_id, "now": at}
            return AccountOverview(
                user,
                sessions=connection.execute(statements.COUNT_SESSIONS, theirs).scalar_one(),
                api_keys=connection.execute(statements.COUNT_KEYS, theirs).scalar_one(),
                locked_until=connection.execute(statements.LOCKED_UNTIL, failures).scalar_one(),
            )

        return await self.database.read(read)

    async def change(self, user_id: UserId, decide: Callable[[User], AccountChange], *, at: datetime) -> User:
        """Decide within the transaction, and carry it out."""

        def write(connection: Connection) -> User:
            before = locked_user(connection, user_id)
            if before is None:
                raise NotFound("there is no such account")
            return carry_out_change(connection, before, decide(before), at)

        with refusals(REFUSALS):
            return await self.database.write(write)

    async def deleted_before(self, moment: datetime, *, limit: int) -> Sequence[User]:
        """Accounts that were deleted by then, the first deleted first."""

        def read(connection: Connection) -> Sequence[User]:
            found = connection.execute(statements.DELETED_BEFORE, {"moment": moment, "limit": limit})
            return [user_from(row) for row in found]

        return await self.database.read(read)

    async def erase(self, user_id: UserId, *, deleted_before: datetime, audit: Sequence[AuditEntry]) -> bool:
        """Remove an account for good, if it was deleted by then."""
        return await self.database.write(partial(_erase, user_id, deleted_before, audit))


def _erase(user_id: UserId, moment: datetime, audit: Sequence[AuditEntry], connection: Connection) -> bool:
    account = locked_user(connection, user_id)
    if (
        account is None
        or connection.execute(statements.DELETE_USER, {"user_id": user_id, "moment": moment}).rowcount == 0
    ):
        return False
    forget_traces(connection, account)
    append(connection, audit)
    return True
