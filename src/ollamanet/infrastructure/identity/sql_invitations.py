"""Invitations in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.errors import InvitationUnusable
from ollamanet.domain.identity.invitation import Invitation, InvitationId
from ollamanet.domain.identity.names import Email
from ollamanet.domain.identity.user import User
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity import invitation_statements as statements
from ollamanet.infrastructure.identity.sql_users import REFUSALS, user_parameters
from ollamanet.infrastructure.identity.statements import INSERT_USER
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import refusals
from ollamanet.infrastructure.kernel.sql_write import Write


@dataclass(frozen=True, slots=True)
class SqlInvitations:
    """An `Invitations` store; that one is used once is decided by a conditional update."""

    database: Database
    writer: GroupCommit

    async def add(self, invitation: Invitation, *, token_hash: str, audit: Sequence[AuditEntry] = ()) -> None:
        """Store a new one."""
        values = _values(invitation) | {"token_hash": token_hash}
        await self.writer.submit(Write(statements.INSERT_INVITATION, values), audit=audit)

    async def find(self, token_hash: str) -> Invitation | None:
        """The one with this token, or None."""

        def read(connection: Connection) -> Invitation | None:
            row = connection.execute(statements.INVITATION_BY_TOKEN, {"digest": token_hash}).one_or_none()
            return None if row is None else _invitation(row)

        return await self.database.read(read)

    async def get(self, invitation_id: InvitationId) -> Invitation | None:
        """The one with this id, or None."""

        def read(connection: Connection) -> Invitation | None:
            row = connection.execute(statements.INVITATION_BY_ID, {"invitation_id": invitation_id}).one_or_none()
            return None if row is None else _invitation(row)

        return await self.database.read(read)

    async def list_invitations(self, page: PageRequest) -> Page[Invitation]:
        """All of them, the newest first."""

        def read(connection: Connection) -> Page[Invitation]:
            window = {"limit": page.page_size, "offset": page.offset}
            found = tuple(_invitation(row) for row in connection.execute(statements.INVITATIONS_BY_AGE, window))
            total = connection.execute(statements.COUNT_INVITATIONS).scalar_one()
            return Page(found, page.page, page.page_size, total)

        return await self.database.read(read)

    async def revoke(self, invitation_id: InvitationId, *, at: datetime, audit: Sequence[AuditEntry] = ()) -> bool:
        """Make it useless, if it is not so already."""
        values = {"invitation_id": invitation_id, "revoked_when": at}

        def write(connection: Connection) -> bool:
            connection.execute(LOCK_HEAD)
            if connection.execute(statements.REVOKE_INVITATION, values).rowcount != 1:
                return False
            if audit:
                append(connection, audit)
            return True

        return await self.database.write(write)

    async def accept(
        self, token_hash: str, user: User, *, password_hash: str, audit: Sequence[AuditEntry] = ()
    ) -> None:
        """Use it for a new account, both or neither."""
        use = {"digest": token_hash, "now": user.created_at, "used_when": user.created_at, "user_id": user.id}
        account = user_parameters(user) | {"password_hash": password_hash}

        def write(connection: Connection) -> None:
            connection.execute(LOCK_HEAD)
            if connection.execute(statements.USE_INVITATION, use).rowcount != 1:
                raise InvitationUnusable
            connection.execute(INSERT_USER, account)
            if audit:
                append(connection, audit)

        with refusals(REFUSALS):
            await self.database.write(write)


def _values(invitation: Invitation) -> dict[str, object]:
    return {
        "id": invitation.id,
        "email": None if invitation.email is None else invitation.email.text,
        "roles": msgspec.json.encode(sorted(invitation.roles)).decode(),
        "created_by": invitation.created_by,
        "created_at": invitation.created_at,
        "expires_at": invitation.expires_at,
        "used_at": invitation.used_at,
        "used_by": invitation.used_by,
        "revoked_at": invitation.revoked_at,
    }


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=InvitationId(row.id),
        email=None if row.email is None else Email(row.email),
        roles=msgspec.json.decode(row.roles, type=frozenset[str]),
        created_by=None if row.created_by is None else UserId(row.created_by),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        used_by=None if row.used_by is None else UserId(row.used_by),
        revoked_at=row.revoked_at,
    )
