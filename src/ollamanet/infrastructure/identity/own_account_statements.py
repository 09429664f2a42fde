"""The statements that read all about an account; those with `NEXT` go on after a mark."""

from typing import Final

from sqlalchemy import ColumnElement, Table, and_, bindparam, or_, select

from ollamanet.infrastructure.identity.tables import ApiKeyRow, ExternalIdentityRow, SessionRow
from ollamanet.infrastructure.kernel.audit_tables import AuditEntryRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_KEYS: Final = table_of(ApiKeyRow)
_SESSIONS: Final = table_of(SessionRow)
_IDENTITIES: Final = table_of(ExternalIdentityRow)
_ENTRIES: Final = table_of(AuditEntryRow)


def _after(table: Table) -> ColumnElement[bool]:
    return or_(
        table.c.created_at > bindparam("at"),
        and_(table.c.created_at == bindparam("at"), table.c.id > bindparam("after_id")),
    )


_KEYS_OF_USER: Final = (
    select(*(column.label(f"key_{column.name}") for column in _KEYS.c if column.name != "secret_hash"))
    .where(_KEYS.c.user_id == bindparam("owner"))
    .order_by(_KEYS.c.created_at, _KEYS.c.id)
    .limit(bindparam("limit"))
)
FIRST_KEYS: Final = _KEYS_OF_USER
NEXT_KEYS: Final = _KEYS_OF_USER.where(_after(_KEYS))

_SESSIONS_OF_USER: Final = (
    select(*(column for column in _SESSIONS.c if column.name != "user_id"))
    .where(_SESSIONS.c.user_id == bindparam("owner"))
    .order_by(_SESSIONS.c.created_at, _SESSIONS.c.id)
    .limit(bindparam("limit"))
)
FIRST_SESSIONS: Final = _SESSIONS_OF_USER
NEXT_SESSIONS: Final = _SESSIONS_OF_USER.where(_after(_SESSIONS))

IDENTITIES_OF_USER: Final = (
    select(*(column for column in _IDENTITIES.c if column.name != "user_id"))
    .where(_IDENTITIES.c.user_id == bindparam("owner"))
    .order_by(_IDENTITIES.c.linked_at, _IDENTITIES.c.issuer, _IDENTITIES.c.subject)
)

NEXT_ENTRIES: Final = (
    select(_ENTRIES)
    .where(
        or_(_ENTRIES.c.actor_id == bindparam("owner"), _ENTRIES.c.target == bindparam("target")),
        _ENTRIES.c.seq > bindparam("after_seq"),
    )
    .order_by(_ENTRIES.c.seq)
    .limit(bindparam("limit"))
)
