"""Roles in the database, and the copy of them that a process goes by."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Connection, Row

from ollamanet.application.identity.role_ports import Holders, RoleChange, RoleRemoval
from ollamanet.application.kernel.clock import Clock
from ollamanet.domain.identity.roles import RoleBook, RoleDefinition
from ollamanet.domain.kernel.permissions import Permission
from ollamanet.infrastructure.identity import role_statements as statements
from ollamanet.infrastructure.identity.limit_columns import decoded_limits, encoded_limits
from ollamanet.infrastructure.identity.role_holders import read_holders, reassign
from ollamanet.infrastructure.kernel.audit_log import append
from ollamanet.infrastructure.kernel.audit_statements import LOCK_HEAD
from ollamanet.infrastructure.kernel.database import Database

Result = TypeVar("Result")

FRESH_FOR: Final = 1.0
"""Seconds; what is remembered of a token (`verified_tokens`) comes on top, and both together are 5 s at most."""
_KNOWN: Final = {permission.value: permission for permission in Permission}


@dataclass(slots=True)
class SqlRoles:
    """A `RoleStore`, and so a `Roles`; for the event loop only, not for threads.

    Attributes:
        changed: called once a change is stored, so that what was derived from the roles is dropped at once.
    """

    database: Database
    clock: Clock
    changed: Callable[[], None] = lambda: None
    _book: RoleBook | None = field(default=None, init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)
    _reading: asyncio.Task[RoleBook] | None = field(default=None, init=False, repr=False)

    async def book(self) -> RoleBook:
        """All roles; read at most once a second, and once for all who ask meanwhile."""
        if self._book is not None and self.clock.monotonic() < self._until:
            return self._book
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(), name="roles")
        # One who leaves does not take the answer from the others.
        return await asyncio.shield(self._reading)

    async def holders(self) -> Mapping[str, Holders]:
        """Who has which role."""
        now = self.clock.now()
        return await self.database.read(lambda connection: read_holders(connection, now))

    async def put(self, decide: Callable[[RoleBook], RoleChange], *, at: datetime) -> RoleDefinition:
        """Decide under the lock that every change of a role takes, then store it with its entry."""

        def write(connection: Connection) -> RoleDefinition:
            connection.execute(LOCK_HEAD)
            change = decide(_all_roles(connection))
            if change.audit:
                _store(connection, change.role, at)
                append(connection, change.audit)
            return change.role

        return await self._written(write)

    async def remove(self, name: str, decide: Callable[[RoleBook, Holders], RoleRemoval], *, at: datetime) -> Holders:
        """The same for a role that goes."""

        def write(connection: Connection) -> Holders:
            connection.execute(LOCK_HEAD)
            book = _all_roles(connection)
            role = book.get(name)
            holders = read_holders(connection, at).get(role.key, Holders()) if role else Holders()
            removal = decide(book, holders)
            connection.execute(statements.DELETE_ROLE, {"key": removal.role.key})
            append(connection, [*removal.audit, *reassign(connection, removal, at)])
            return holders

        return await self._written(write)

    async def _written(self, write: Callable[[Connection], Result]) -> Result:
        try:
            return await self.database.write(write)
        finally:
            # Whoever reads now may have begun before the change, and is not to be believed.
            self._book, self._reading = None, None
            self.changed()

    async def _read(self) -> RoleBook:
        task, began = asyncio.current_task(), self.clock.monotonic()
        try:
            book = await self.database.read(_all_roles)
            if self._reading is task:
                self._book, self._until = book, began + FRESH_FOR
        finally:
            if self._reading is task:
                self._reading = None
        return book


def _all_roles(connection: Connection) -> RoleBook:
    return RoleBook(_role(row) for row in connection.execute(statements.ALL_ROLES))


def _role(row: Row[Any]) -> RoleDefinition:
    # A newer version may know more permissions than this one; what is not known here allows nothing.
    names = msgspec.json.decode(row.permissions, type=list[str])
    permissions = frozenset(_KNOWN[name] for name in names if name in _KNOWN)
    return RoleDefinition(row.name, permissions, decoded_limits(row.limits), row.description)


def _store(connection: Connection, role: RoleDefinition, at: datetime) -> None:
    permissions = msgspec.json.encode(sorted(role.permissions)).decode()
    changed = {
        "key": role.key,
        "new_description": role.description,
        "new_permissions": permissions,
        "new_limits": encoded_limits(role.limits),
        "at": at,
    }
    if connection.execute(statements.UPDATE_ROLE, changed).rowcount == 0:
        new = {"name_key": role.key, "name": role.name, "created_at": at, "updated_at": at}
        values = {"description": role.description, "permissions": permissions, "limits": encoded_limits(role.limits)}
        connection.execute(statements.INSERT_ROLE, new | values)
