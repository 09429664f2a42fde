"""The statements of API keys."""

from typing import Final

from sqlalchemy import bindparam, func, insert, or_, select, update

from ollamanet.infrastructure.identity.tables import ApiKeyRow, UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_KEYS: Final = table_of(ApiKeyRow)
_USERS: Final = table_of(UserRow)
# Both tables have an id, limits and times: these are told apart from a user's by their beginning.
_KEY_COLUMNS: Final = [column.label(f"key_{column.name}") for column in _KEYS.c]
_NOT_REVOKED: Final = _KEYS.c.revoked_at.is_(None)

INSERT_KEY: Final = insert(_KEYS)

USABLE_OWNER: Final = select(_USERS.c.id).where(_USERS.c.id == bindparam("owner"), _USERS.c.status == "active")

COUNT_LIVE_KEYS: Final = (
    select(func.count())
    .select_from(_KEYS)
    .where(
        _KEYS.c.user_id == bindparam("owner"),
        _NOT_REVOKED,
        or_(_KEYS.c.expires_at.is_(None), _KEYS.c.expires_at > bindparam("now")),
    )
)
COUNT_KEYS: Final = select(func.count()).select_from(_KEYS).where(_KEYS.c.user_id == bindparam("owner"), _NOT_REVOKED)
# By time first: SQL Server does not sort UUIDs by the time they were made.
KEYS_OF_OWNER: Final = (
    select(*_KEY_COLUMNS)
    .where(_KEYS.c.user_id == bindparam("owner"), _NOT_REVOKED)
    .order_by(_KEYS.c.created_at.desc(), _KEYS.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
KEY_OF_OWNER: Final = select(*_KEY_COLUMNS).where(
    _KEYS.c.id == bindparam("key_id"), _KEYS.c.user_id == bindparam("owner"), _NOT_REVOKED
)
KEY_AND_OWNER: Final = (
    select(*_KEY_COLUMNS, *_USERS.c)
    .join_from(_KEYS, _USERS, _KEYS.c.user_id == _USERS.c.id)
    .where(_KEYS.c.secret_hash == bindparam("of_hash"))
)

CHANGE_KEY: Final = (
    update(_KEYS)
    .where(_KEYS.c.id == bindparam("key_id"), _NOT_REVOKED)
    .values(
        name=bindparam("new_name"),
        permissions=bindparam("new_permissions"),
        limits=bindparam("new_limits"),
        expires_at=bindparam("new_expiry"),
    )
)
REVOKE_KEY: Final = (
    update(_KEYS).where(_KEYS.c.id == bindparam("key_id"), _NOT_REVOKED).values(revoked_at=bindparam("at"))
)
NOTE_USE: Final = (
    update(_KEYS)
    .where(
        _KEYS.c.id == bindparam("key_id"),
        or_(_KEYS.c.last_used_at.is_(None), _KEYS.c.last_used_at < bindparam("used_at")),
    )
    .values(last_used_at=bindparam("used_at"))
)
