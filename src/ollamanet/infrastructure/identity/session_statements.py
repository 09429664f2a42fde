"""The statements of sessions and their refresh tokens."""

from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, delete, exists, func, insert, select, update

from ollamanet.infrastructure.identity.tables import RefreshTokenRow, SessionRow, UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_SESSIONS: Final = table_of(SessionRow)
_TOKENS: Final = table_of(RefreshTokenRow)
_USERS: Final = table_of(UserRow)

INSERT_SESSION: Final = insert(_SESSIONS)
INSERT_TOKEN: Final = insert(_TOKENS)

_OWNED: Final = select(*(each.label(f"session_{each.name}") for each in _SESSIONS.c), _USERS).join(
    _USERS, _USERS.c.id == _SESSIONS.c.user_id
)
SESSION_WITH_USER: Final = _OWNED.where(_SESSIONS.c.id == bindparam("session_id"))
SESSION_OF_TOKEN: Final = (
    _OWNED.join(_TOKENS, _TOKENS.c.session_id == _SESSIONS.c.id)
    .add_columns(_TOKENS.c.issued_at.label("token_issued_at"), _TOKENS.c.used_at.label("token_used_at"))
    .where(_TOKENS.c.token_hash == bindparam("digest"))
)

# An update that changes nothing locks the row on every dialect, so that two exchanges come one after the other.
LOCK_SESSION_OF_TOKEN: Final = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id.in_(select(_TOKENS.c.session_id).where(_TOKENS.c.token_hash == bindparam("digest"))))
    .values(revoked_at=_SESSIONS.c.revoked_at)
)
USE_TOKEN: Final = (
    update(_TOKENS)
    .where(_TOKENS.c.token_hash == bindparam("digest"), _TOKENS.c.used_at.is_(None))
    .values(used_at=bindparam("at"))
)
REFRESH_SESSION: Final = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id == bindparam("session_id"))
    .values(last_used_at=bindparam("at"), expires_at=bindparam("until"), address=bindparam("new_address"))
)
NOTE_USE: Final = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id == bindparam("session_id"), _SESSIONS.c.last_used_at < bindparam("at"))
    .values(last_used_at=bindparam("at"))
)

_LIVE: Final = (
    _SESSIONS.c.user_id == bindparam("user_id"),
    _SESSIONS.c.revoked_at.is_(None),
    _SESSIONS.c.expires_at > bindparam("at"),
)
LIVE_SESSIONS: Final = (
    select(*(each.label(f"session_{each.name}") for each in _SESSIONS.c))
    .where(*_LIVE)
    .order_by(_SESSIONS.c.last_used_at.desc(), _SESSIONS.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
COUNT_LIVE_SESSIONS: Final = select(func.count(_SESSIONS.c.id).label("total")).where(*_LIVE)

_REVOKED: Final[dict[str, BindParameter[Any]]] = {
    "revoked_at": bindparam("at"),
    "revoked_because": bindparam("because"),
}
REVOKE_SESSION: Final = (
    update(_SESSIONS)
    .where(
        _SESSIONS.c.id == bindparam("session_id"),
        _SESSIONS.c.user_id == bindparam("of_user"),
        _SESSIONS.c.revoked_at.is_(None),
        _SESSIONS.c.expires_at > bindparam("at"),
    )
    .values(_REVOKED)
)
REVOKE_SESSIONS_OF_USER: Final = (
    update(_SESSIONS)
    .where(
        _SESSIONS.c.user_id == bindparam("of_user"),
        _SESSIONS.c.revoked_at.is_(None),
        _SESSIONS.c.expires_at > bindparam("at"),
    )
    .values(_REVOKED)
)
REVOKE_OTHER_SESSIONS_OF_USER: Final = REVOKE_SESSIONS_OF_USER.where(_SESSIONS.c.id != bindparam("except_session"))

# Which ones first, then each by its key: SQL Server loses the order of a part of a list within a DELETE.
OLD_TOKENS: Final = (
    select(_TOKENS.c.token_hash)
    .where(_TOKENS.c.issued_at < bindparam("before"))
    .order_by(_TOKENS.c.issued_at)
    .limit(bindparam("limit"))
)
DELETE_TOKEN: Final = delete(_TOKENS).where(_TOKENS.c.token_hash == bindparam("digest"))
OLD_SESSIONS: Final = (
    select(_SESSIONS.c.id)
    .where(_SESSIONS.c.expires_at < bindparam("at"), ~exists().where(_TOKENS.c.session_id == _SESSIONS.c.id))
    .order_by(_SESSIONS.c.expires_at)
    .limit(bindparam("limit"))
)
DELETE_SESSION: Final = delete(_SESSIONS).where(_SESSIONS.c.id == bindparam("session_id"))
