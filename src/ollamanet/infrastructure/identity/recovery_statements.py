"""The statements with which people recover or change their own account."""

from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update

from ollamanet.infrastructure.identity.tables import PasswordResetRow, UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_RESETS: Final = table_of(PasswordResetRow)
_USERS: Final = table_of(UserRow)

COUNT_RESETS: Final = select(func.count(_RESETS.c.token_hash).label("total")).where(
    _RESETS.c.user_id == bindparam("user_id"), _RESETS.c.created_at > bindparam("since")
)
# Spent, and kept for a while: they count against the mails of an hour.
SPEND_RESETS: Final = (
    update(_RESETS)
    .where(_RESETS.c.user_id == bindparam("owner"), _RESETS.c.used_at.is_(None))
    .values(used_at=bindparam("now"))
)
FORGET_RESETS: Final = delete(_RESETS).where(_RESETS.c.created_at < bindparam("before"))
INSERT_RESET: Final = insert(_RESETS)
OWNER_OF_RESET: Final = (
    select(_USERS)
    .join(_RESETS, _RESETS.c.user_id == _USERS.c.id)
    .where(
        _RESETS.c.token_hash == bindparam("token_hash"),
        _RESETS.c.used_at.is_(None),
        _RESETS.c.expires_at > bindparam("now"),
    )
)
USE_RESET: Final = (
    update(_RESETS)
    .where(
        _RESETS.c.token_hash == bindparam("shown"),
        _RESETS.c.used_at.is_(None),
        _RESETS.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
)

RESET_PASSWORD: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user_id"))
    .values(
        password_hash=bindparam("new_hash"),
        password_changed_at=bindparam("changed_at"),
        email_verified_at=bindparam("changed_at"),
    )
)
REPLACE_PASSWORD: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user_id"), _USERS.c.password_hash == bindparam("old_hash"))
    .values(password_hash=bindparam("new_hash"), password_changed_at=bindparam("changed_at"))
)
SET_EMAIL: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user_id"))
    .values(email=bindparam("new_email"), email_key=bindparam("new_key"), email_verified_at=None)
)
SET_USERNAME: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user_id"))
    .values(username=bindparam("new_username"), username_key=bindparam("new_key"))
)
