"""Accounts in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row

from ollamanet.application.identity.ports import Credentials
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import EmailTaken, UsernameTaken
from ollamanet.domain.identity.names import Email, Login, Username
from ollamanet.domain.identity.user import User, UserStatus
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity import statements
from ollamanet.infrastructure.identity.limit_columns import decoded_limits, encoded_limits
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import ConstraintRefusals, refusals
from ollamanet.infrastructure.kernel.sql_write import Write

REFUSALS: Final[ConstraintRefusals] = {
    "uq_users_email_key": EmailTaken,
    "uq_users_username_key": UsernameTaken,
}


@dataclass(frozen=True, slots=True)
class SqlUsers:
    """A `Users` store; whether a name is free is decided by the database's own constraints."""

    database: Database
    writer: GroupCommit

    async def add(self, user: User, *, password_hash: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Store a new account."""
        values = user_parameters(user) | {"password_hash": password_hash}
        with refusals(REFUSALS):
            await self.writer.submit(Write(statements.INSERT_USER, values), audit=audit)

    async def set_password(
        self,
        user_id: UserId,
        *,
        password_hash: str,
        at: datetime | None,
        audit: Sequence[AuditEntry] = (),
        replacing: str | None = None,
    ) -> None:
        """Replace the hash."""
        values: dict[str, object] = {"user_id": user_id, "new_hash": password_hash}
        statement = statements.REHASH_PASSWORD
        if at is not None:
            statement, values["changed_at"] = statements.CHANGE_PASSWORD, at
        elif replacing is not None:
            statement, values["old_hash"] = statements.REHASH_SAME_PASSWORD, replacing
        await self.writer.submit(Write(statement, values), audit=audit)

    async def find(self, user_id: UserId) -> User | None:
        """The account, or None."""

        def read(connection: Connection) -> User | None:
            row = connection.execute(statements.USER_BY_ID, {"user_id": user_id}).one_or_none()
            return None if row is None else user_from(row)

        return await self.database.read(read)

    async def find_credentials(self, login: Login) -> Credentials | None:
        """The account that signs in by this address or user name, or None."""
        wanted = statements.USER_BY_EMAIL if login.is_email else statements.USER_BY_USERNAME

        def read(connection: Connection) -> Credentials | None:
            row = connection.execute(wanted, {"key": login.key}).one_or_none()
            return None if row is None else Credentials(user_from(row), row.password_hash)

        return await self.database.read(read)

    async def record_sign_in(self, user_id: UserId, *, at: datetime) -> None:
        """Remember the time of a sign-in."""
        await self.writer.submit(Write(statements.RECORD_SIGN_IN, {"user_id": user_id, "signed_in_at": at}))


def user_parameters(user: User) -> dict[str, object]:
    """The columns of an account, by name, but for its password."""
    return {
        "id": user.id,
        "email": user.email.text,
        "email_key": user.email.key,
        "username": user.username.text,
        "username_key": user.username.key,
        "roles": msgspec.json.encode(sorted(user.roles)).decode(),
        "created_at": user.created_at,
        "last_sign_in_at": user.last_sign_in_at,
        "status": user.status.value,
        "deleted_at": user.deleted_at,
        "password_changed_at": user.password_changed_at,
        "email_verified_at": user.email_verified_at,
        "limits": encoded_limits(user.limits),
    }


def locked_user(connection: Connection, user_id: UserId) -> User | None:
    """The account, which nobody else can change until the transaction ends; None when there is none.

    The head of the audit trail is locked before it, as by all who change accounts: no two of them wait for each other.
    """
    connection.execute(LOCK_HEAD)
    connection.execute(statements.LOCK_USER, {"user_id": user_id})
    row = connection.execute(statements.USER_BY_ID, {"user_id": user_id}).one_or_none()
    return None if row is None else user_from(row)


def user_from(row: Row[Any]) -> User:
    """The account that a row of `users` holds."""
    return User(
        id=UserId(row.id),
        email=Email(row.email),
        username=Username(row.username),
        roles=msgspec.json.decode(row.roles, type=frozenset[str]),
        created_at=row.created_at,
        last_sign_in_at=row.last_sign_in_at,
        status=UserStatus(row.status),
        deleted_at=row.deleted_at,
        password_changed_at=row.password_changed_at,
        email_verified_at=row.email_verified_at,
        limits=decoded_limits(row.limits),
    )
