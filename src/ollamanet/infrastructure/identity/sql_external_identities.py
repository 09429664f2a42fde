"""Accounts at external providers, in the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.errors import AccountDisabled, EmailTaken, LastAdmin, UsernameTaken
from ollamanet.domain.identity.external_errors import IdentityTaken
from ollamanet.domain.identity.external_person import ExternalIdentity
from ollamanet.domain.identity.user import Role, User
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.infrastructure.identity import external_statements as statements
from ollamanet.infrastructure.identity.last_admin import require_another_admin
from ollamanet.infrastructure.identity.sql_users import user_from, user_parameters
from ollamanet.infrastructure.identity.statements import INSERT_USER, RECORD_SIGN_IN
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import ConstraintRefusals, refusals
from ollamanet.infrastructure.kernel.sql_write import Write

_REFUSALS: Final[ConstraintRefusals] = {
    "pk_external_identities": IdentityTaken,
    "uq_external_identities_issuer_subject": IdentityTaken,
    "uq_users_email_key": EmailTaken,
    "uq_users_username_key": UsernameTaken,
}
_ADMIN: Final = Role.ADMIN.value


@dataclass(frozen=True, slots=True)
class SqlExternalIdentities:
    """Satisfies `ExternalIdentities`; of two who come at once with one identity the database refuses one."""

    database: Database
    writer: GroupCommit

    async def find(self, issuer: str, subject: str) -> User | None:
        """The account, or None."""
        key = {"of_issuer": issuer, "of_subject": subject}

        def read(connection: Connection) -> User | None:
            return _find(connection, key)

        return await self.database.read(read)

    async def link(self, identity: ExternalIdentity, *, audit: Sequence[AuditEntry]) -> None:
        """Let it be the account's."""
        with refusals(_REFUSALS):
            await self.writer.submit(Write(statements.INSERT_IDENTITY, _values(identity)), audit=audit)

    async def register(
        self, user: User, identity: ExternalIdentity, *, password_hash: str, audit: Sequence[AuditEntry]
    ) -> None:
        """Store a new account and link it."""
        account = user_parameters(user) | {"password_hash": password_hash}

        def write(connection: Connection) -> None:
            connection.execute(LOCK_HEAD)
            connection.execute(INSERT_USER, account)
            connection.execute(statements.INSERT_IDENTITY, _values(identity))
            append(connection, audit)

        with refusals(_REFUSALS):
            await self.database.write(write)

    async def record_sign_in(
        self,
        issuer: str,
        subject: str,
        *,
        roles: Callable[[frozenset[str]], frozenset[str]],
        at: datetime,
        changed: Callable[[User, User], AuditEntry],
    ) -> User:
        """Remember the time, and give the account the roles that follow from those it has."""
        key = {"of_issuer": issuer, "of_subject": subject}

        def write(connection: Connection) -> User:
            # Whoever changes roles or status meanwhile, on whichever instance, waits, or was waited for.
            connection.execute(LOCK_HEAD)
            before = _find(connection, key)
            if before is None:
                raise NotFound("there is no such account any more")
            if not before.usable:
                raise AccountDisabled
            after = replace(before, roles=_possible(connection, before, roles(before.roles)), last_sign_in_at=at)
            connection.execute(RECORD_SIGN_IN, {"user_id": before.id, "signed_in_at": at})
            connection.execute(statements.RECORD_IDENTITY_SIGN_IN, {**key, "signed_in_at": at})
            if after.roles != before.roles:
                encoded = msgspec.json.encode(sorted(after.roles)).decode()
                connection.execute(statements.SET_ROLES, {"user_id": before.id, "new_roles": encoded})
                append(connection, [changed(before, after)])
            return after

        return await self.database.write(write)


def _possible(connection: Connection, user: User, wanted: frozenset[str]) -> frozenset[str]:
    """The roles that were wanted, and `Admin` too if nobody else could administer."""
    if _ADMIN not in user.roles or _ADMIN in wanted:
        return wanted
    try:
        require_another_admin(connection, user.id)
    except LastAdmin:
        return wanted | {_ADMIN}
    return wanted


def _find(connection: Connection, key: Mapping[str, object]) -> User | None:
    row = connection.execute(statements.USER_OF_IDENTITY, key).one_or_none()
    return None if row is None else user_from(row)


def _values(identity: ExternalIdentity) -> dict[str, object]:
    return {**asdict(identity), "last_sign_in_at": None}
