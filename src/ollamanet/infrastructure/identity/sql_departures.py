"""Deletes accounts in the database, so that they can be restored."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity import departure_statements as statements
from ollamanet.infrastructure.identity.last_admin import require_another_admin
from ollamanet.infrastructure.identity.sql_users import user_from
from ollamanet.infrastructure.identity.statements import USER_BY_ID
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.database import Database


@dataclass(frozen=True, slots=True)
class SqlDepartures:
    """Satisfies `Departures`."""

    database: Database

    async def delete(self, user_id: UserId, *, at: datetime, entry: Callable[[User], AuditEntry]) -> User:
        """Mark the account deleted, end its sessions and revoke its API keys, all or nothing."""

        def write(connection: Connection) -> User:
            # First, as it locks: what is read afterwards stays as it is until the end.
            require_another_admin(connection, user_id)
            row = connection.execute(USER_BY_ID, {"user_id": user_id}).one_or_none()
            if row is None:
                raise NotFound("there is no such account")
            was = user_from(row)
            _take_ways_in(connection, user_id, at)
            append(connection, [entry(was)])
            return replace(was, status=UserStatus.DELETED, deleted_at=at)

        return await self.database.write(write)


def _take_ways_in(connection: Connection, user_id: UserId, at: datetime) -> None:
    when = {"of_user": user_id, "at": at}
    if connection.execute(statements.MARK_DELETED, when).rowcount != 1:
        raise Conflict("the account is deleted already")
    connection.execute(statements.END_SESSIONS_OF_USER, when | {"because": "account deleted"})
    connection.execute(statements.REVOKE_KEYS_OF_USER, when)
