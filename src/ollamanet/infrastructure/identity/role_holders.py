"""Who has which role, within a transaction; accounts and invitations name their roles in a column of JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select
from sqlalchemy.sql.dml import Update

from ollamanet.application.identity.role_ports import Holders, RoleRemoval
from ollamanet.application.kernel.audit import AuditEntry
from ollamanet.domain.identity.text import folded
from ollamanet.domain.kernel.ids import UserId
from ollamanet.infrastructure.identity import role_statements as statements


def read_holders(connection: Connection, at: datetime) -> Mapping[str, Holders]:
    """By the role's key."""
    accounts = _count(connection, statements.ROLES_OF_USERS, {})
    invitations = _count(connection, statements.ROLES_OF_INVITATIONS, {"at": at})
    return {key: Holders(accounts[key], invitations[key]) for key in {*accounts, *invitations}}


def reassign(connection: Connection, removal: RoleRemoval, at: datetime) -> list[AuditEntry]:
    """Give all holders the other role; the entries that say so of each account."""
    if removal.instead is None:
        return []
    old, new = removal.role.key, removal.instead.name
    entries = []
    for row, before, after in _replaced(connection, statements.ROLES_OF_USERS, {}, old, new):
        _give(connection, statements.GIVE_USER_ROLES, row.id, after)
        entries.append(removal.reassigned(UserId(row.id), row.username, before, after))
    for row, _, after in _replaced(connection, statements.ROLES_OF_INVITATIONS, {"at": at}, old, new):
        _give(connection, statements.GIVE_INVITATION_ROLES, row.id, after)
    return entries


def _count(connection: Connection, rows: Select[Any], values: Mapping[str, object]) -> Counter[str]:
    found = (_names(row.roles) for row in connection.execute(rows, values))
    return Counter(key for names in found for key in {folded(name) for name in names})


def _replaced(
    connection: Connection, rows: Select[Any], values: Mapping[str, object], old: str, new: str
) -> Iterator[tuple[Row[Any], frozenset[str], frozenset[str]]]:
    for row in connection.execute(rows, values).all():
        before = _names(row.roles)
        kept = frozenset(name for name in before if folded(name) != old)
        if kept != before:
            yield row, before, kept | {new}


def _names(column: str) -> frozenset[str]:
    return msgspec.json.decode(column, type=frozenset[str])


def _give(connection: Connection, statement: Update, holder: object, roles: frozenset[str]) -> None:
    encoded = msgspec.json.encode(sorted(roles)).decode()
    connection.execute(statement, {"holder": holder, "new_roles": encoded})
