"""The first administrator, in the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import SetUpRefused
from ollamanet.domain.identity.user import User
from ollamanet.infrastructure.identity.last_admin_statements import ACTIVE_ADMINS
from ollamanet.infrastructure.identity.sql_users import REFUSALS, user_parameters
from ollamanet.infrastructure.identity.statements import INSERT_USER
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.sql_errors import refusals


@dataclass(frozen=True, slots=True)
class SqlFirstAdmins:
    """A `FirstAdmins`; of several who set up at once, on whatever instances, one succeeds."""

    database: Database

    async def exists(self) -> bool:
        """Whether there is an active administrator."""
        return await self.database.read(_exists)

    async def add(self, user: User, *, password_hash: str, audit: Sequence[AuditEntry]) -> None:
        """Store the account, if there is still none."""
        values = user_parameters(user) | {"password_hash": password_hash}

        def write(connection: Connection) -> None:
            # Locked before the look: whoever comes second sees what the first one stored.
            connection.execute(LOCK_HEAD)
            if _exists(connection):
                raise SetUpRefused("there is an administrator already; sign in, or ask him")
            connection.execute(INSERT_USER, values)
            append(connection, audit)

        with refusals(REFUSALS):
            await self.database.write(write)


def _exists(connection: Connection) -> bool:
    return connection.execute(ACTIVE_ADMINS).first() is not None
