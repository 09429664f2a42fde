"""Changes that people make to their own account, and password resets, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from ollamanet.application.identity.own_account import Audited
from ollamanet.application.identity.sign_in_guard import subjects_of
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import ResetTokenInvalid
from ollamanet.domain.identity.names import Email, Username
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.errors import Unauthenticated
from ollamanet.domain.kernel.ids import SessionId, UserId
from ollamanet.infrastructure.identity import recovery_statements as statements
from ollamanet.infrastructure.identity.session_revocation import revoke_sessions
from ollamanet.infrastructure.identity.sign_in_statements import CLEAR_FAILURES
from ollamanet.infrastructure.identity.sql_sign_in_failures import cleared
from ollamanet.infrastructure.identity.sql_users import REFUSALS, locked_user, user_from
from ollamanet.infrastructure.identity.statements import USER_BY_ID
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.sql_errors import refusals

_KEPT: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SqlPasswordResets:
    """A `PasswordResets` store."""

    database: Database

    async def issue(
        self, user_id: UserId, *, token_hash: str, at: datetime, expires_at: datetime, most: int, audit: Audited
    ) -> bool:
        """Keep a new one, and make the older ones of the account useless."""
        row = {"token_hash": token_hash, "user_id": user_id, "created_at": at, "expires_at": expires_at}

        def write(connection: Connection) -> bool:
            user = locked_user(connection, user_id)
            recent = {"user_id": user_id, "since": at - _HOUR}
            if user is None or not user.usable:
                return False
            if connection.execute(statements.COUNT_RESETS, recent).scalar_one() >= most:
                return False
            connection.execute(statements.FORGET_RESETS, {"before": at - _KEPT})
            connection.execute(statements.SPEND_RESETS, {"owner": user_id, "now": at})
            connection.execute(statements.INSERT_RESET, {**row, "used_at": None})
            append(connection, audit(user))
            return True

        return await self.database.write(write)

    async def find(self, token_hash: str, *, at: datetime) -> User | None:
        """Whose token it is, while it can be used."""

        def read(connection: Connection) -> User | None:
            row = connection.execute(statements.OWNER_OF_RESET, {"token_hash": token_hash, "now": at}).one_or_none()
            return None if row is None else user_from(row)

        found = await self.database.read(read)
        return found if found is not None and found.usable else None

    async def redeem(self, token_hash: str, *, password_hash: str, at: datetime, audit: Audited) -> User:
        """Use it up, and all that follows."""

        def write(connection: Connection) -> User:
            connection.execute(LOCK_HEAD)
            row = connection.execute(statements.OWNER_OF_RESET, {"token_hash": token_hash, "now": at}).one_or_none()
            user = None if row is None else locked_user(connection, UserId(row.id))
            used = connection.execute(statements.USE_RESET, {"shown": token_hash, "now": at}).rowcount == 1
            if user is None or not user.usable or not used:
                raise ResetTokenInvalid
            password = {"user_id": user.id, "new_hash": password_hash, "changed_at": at}
            connection.execute(statements.RESET_PASSWORD, password)
            connection.execute(statements.SPEND_RESETS, {"owner": user.id, "now": at})
            revoke_sessions(connection, user.id, at=at, because="password_reset")
            connection.execute(CLEAR_FAILURES, cleared(subjects_of(user)))
            append(connection, audit(user))
            return user

        return await self.database.write(write)


@dataclass(frozen=True, slots=True)
class SqlOwnAccounts:
    """An `OwnAccounts` store."""

    database: Database

    async def rename(
        self, user_id: UserId, *, email: Email | None, username: Username | None, at: datetime, audit: Audited
    ) -> tuple[User, User]:
        """Change one or both."""

        def write(connection: Connection) -> tuple[User, User]:
            before = locked_user(connection, user_id)
            if before is None:
                raise Unauthenticated("the account of this token is gone")
            if email is not None:
                named = {"user_id": user_id, "new_email": email.text, "new_key": email.key}
                connection.execute(statements.SET_EMAIL, named)
                connection.execute(statements.SPEND_RESETS, {"owner": user_id, "now": at})
            if username is not None:
                named = {"user_id": user_id, "new_username": username.text, "new_key": username.key}
                connection.execute(statements.SET_USERNAME, named)
            append(connection, audit(before))
            return before, user_from(connection.execute(USER_BY_ID, {"user_id": user_id}).one())

        with refusals(REFUSALS):
            return await self.database.write(write)

    async def change_password(
        self,
        user_id: UserId,
        *,
        replaces: str,
        password_hash: str,
        at: datetime,
        keep: SessionId | None,
        audit: Sequence[AuditEntry],
    ) -> bool:
        """Set the password and end every session but `keep`."""
        values = {"user_id": user_id, "old_hash": replaces, "new_hash": password_hash, "changed_at": at}

        def write(connection: Connection) -> bool:
            connection.execute(LOCK_HEAD)
            if connection.execute(statements.REPLACE_PASSWORD, values).rowcount != 1:
                return False
            connection.execute(statements.SPEND_RESETS, {"owner": user_id, "now": at})
            revoke_sessions(connection, user_id, at=at, because="password_changed", except_session=keep)
            append(connection, audit)
            return True

        return await self.database.write(write)
