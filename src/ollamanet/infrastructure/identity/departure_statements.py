"""The statements that take every way in away from an account."""

from typing import Final

from sqlalchemy import bindparam, update

from ollamanet.infrastructure.identity.tables import ApiKeyRow, SessionRow, UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_USERS: Final = table_of(UserRow)
_SESSIONS: Final = table_of(SessionRow)
_KEYS: Final = table_of(ApiKeyRow)

MARK_DELETED: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("of_user"), _USERS.c.status != "deleted")
    .values(status="deleted", deleted_at=bindparam("at"))
)
END_SESSIONS_OF_USER: Final = (
    update(_SESSIONS)
    .where(_SESSIONS.c.user_id == bindparam("of_user"), _SESSIONS.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"), revoked_because=bindparam("because"))
)
REVOKE_KEYS_OF_USER: Final = (
    update(_KEYS)
    .where(_KEYS.c.user_id == bindparam("of_user"), _KEYS.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
