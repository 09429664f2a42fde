"""API keys in the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from ollamanet.application.identity.key_ports import KeyChange, KeyHolder
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.identity.api_key import ApiKey, ApiKeyId, KeyName
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import UserId
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.infrastructure.identity import api_key_statements as statements
from ollamanet.infrastructure.identity.limit_columns import decoded_limits, encoded_limits
from ollamanet.infrastructure.identity.sql_users import user_from
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_write import Write

_KNOWN = frozenset(Permission)


@dataclass(frozen=True, slots=True)
class SqlApiKeys:
    """Satisfies `ApiKeys`; what is decided by looking first is decided behind the lock of the audit trail."""

    database: Database
    writer: GroupCommit

    async def add(self, key: ApiKey, *, secret_hash: str, at_most: int, audit: Sequence[AuditEntry]) -> None:
        """Store a new key, unless its owner has so many live ones."""

        def write(connection: Connection) -> None:
            connection.execute(LOCK_HEAD)
            if connection.execute(statements.USABLE_OWNER, {"owner": key.owner}).one_or_none() is None:
                raise NotFound("there is no such account, or it may not be used")
            live = connection.execute(statements.COUNT_LIVE_KEYS, {"owner": key.owner, "now": key.created_at})
            if live.scalar_one() >= at_most:
                raise Conflict(f"there are {at_most} API keys already; revoke one first")
            connection.execute(statements.INSERT_KEY, _values(key) | {"secret_hash": secret_hash})
            append(connection, audit)

        await self.database.write(write)

    async def list_of(self, owner: UserId, page: PageRequest) -> Page[ApiKey]:
        """The owner's keys, the newest first."""

        def read(connection: Connection) -> Page[ApiKey]:
            total = connection.execute(statements.COUNT_KEYS, {"owner": owner}).scalar_one()
            window = {"owner": owner, "limit": page.page_size, "offset": page.offset}
            # Past the end nothing is asked: an absurd page number would not fit the database's integers.
            rows = connection.execute(statements.KEYS_OF_OWNER, window) if page.offset < total else ()
            return Page(tuple(key_from(row) for row in rows), page.page, page.page_size, total)

        return await self.database.read(read)

    async def change(self, key_id: ApiKeyId, *, owner: UserId, change: Callable[[ApiKey], KeyChange]) -> ApiKey:
        """Replace what may change of a key."""

        def write(connection: Connection) -> ApiKey:
            connection.execute(LOCK_HEAD)
            made = change(_of_owner(connection, key_id, owner))
            values = {
                "key_id": key_id,
                "new_name": str(made.key.name),
                "new_permissions": _scopes(made.key),
                "new_limits": encoded_limits(made.key.limits),
                "new_expiry": made.key.expires_at,
            }
            connection.execute(statements.CHANGE_KEY, values)
            if made.audit:
                append(connection, made.audit)
            return made.key

        return await self.database.write(write)

    async def revoke(
        self, key_id: ApiKeyId, *, owner: UserId, at: datetime, entry: Callable[[ApiKey], AuditEntry]
    ) -> None:
        """End a key for good."""

        def write(connection: Connection) -> None:
            connection.execute(LOCK_HEAD)
            key = _of_owner(connection, key_id, owner)
            connection.execute(statements.REVOKE_KEY, {"key_id": key_id, "at": at})
            append(connection, [entry(key)])

        await self.database.write(write)

    async def holder(self, secret_hash: str) -> KeyHolder | None:
        """The key of this text with its owner."""

        def read(connection: Connection) -> KeyHolder | None:
            row = connection.execute(statements.KEY_AND_OWNER, {"of_hash": secret_hash}).one_or_none()
            return None if row is None else KeyHolder(key_from(row), user_from(row))

        return await self.database.read(read)

    async def note_uses(self, uses: Mapping[ApiKeyId, datetime]) -> None:
        """Remember when keys were last used."""
        if uses:
            writes = [Write(statements.NOTE_USE, {"key_id": key, "used_at": at}) for key, at in uses.items()]
            await self.writer.submit(*writes)


def _of_owner(connection: Connection, key_id: ApiKeyId, owner: UserId) -> ApiKey:
    row = connection.execute(statements.KEY_OF_OWNER, {"key_id": key_id, "owner": owner}).one_or_none()
    if row is None:
        raise NotFound("there is no such API key")
    return key_from(row)


def _scopes(key: ApiKey) -> str:
    return msgspec.json.encode(sorted(scope.value for scope in key.scopes)).decode()


def _values(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "user_id": key.owner,
        "name": str(key.name),
        "prefix": key.prefix,
        "permissions": _scopes(key),
        "limits": encoded_limits(key.limits),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def key_from(row: Row[Any]) -> ApiKey:
    """The key that a row holds whose columns begin with `key_`."""
    # A permission that a newer version knew, and this one does not, gives nothing.
    scopes = frozenset(msgspec.json.decode(row.key_permissions, type=frozenset[str])) & _KNOWN
    return ApiKey(
        id=ApiKeyId(row.key_id),
        owner=UserId(row.key_user_id),
        name=KeyName(row.key_name),
        prefix=row.key_prefix,
        scopes=frozenset(Permission(scope) for scope in scopes),
        created_at=row.key_created_at,
        limits=decoded_limits(row.key_limits),
        expires_at=row.key_expires_at,
        last_used_at=row.key_last_used_at,
        revoked_at=row.key_revoked_at,
    )
