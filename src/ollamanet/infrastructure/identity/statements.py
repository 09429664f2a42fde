"""The statements of identity."""

from typing import Final

from sqlalchemy import bindparam, insert, select, update

from ollamanet.infrastructure.identity.tables import UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_USERS: Final = table_of(UserRow)

INSERT_USER: Final = insert(_USERS)

USER_BY_ID: Final = select(_USERS).where(_USERS.c.id == bindparam("user_id"))
USER_BY_EMAIL: Final = select(_USERS).where(_USERS.c.email_key == bindparam("key"))
USER_BY_USERNAME: Final = select(_USERS).where(_USERS.c.username_key == bindparam("key"))

# An update that changes nothing locks the account on every dialect, until the transaction ends.
LOCK_USER: Final = update(_USERS).where(_USERS.c.id == bindparam("user_id")).values(status=_USERS.c.status)

UPDATE_USER: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user_id"))
    .values({each: bindparam(each.name) for each in _USERS.c if each.name not in {"id", "password_hash"}})
)
REHASH_PASSWORD: Final = (
    update(_USERS).where(_USERS.c.id == bindparam("user_id")).values(password_hash=bindparam("new_hash"))
)
REHASH_SAME_PASSWORD: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user_id"), _USERS.c.password_hash == bindparam("old_hash"))
    .values(password_hash=bindparam("new_hash"))
)
CHANGE_PASSWORD: Final = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user_id"))
    .values(password_hash=bindparam("new_hash"), password_changed_at=bindparam("changed_at"))
)

RECORD_SIGN_IN: Final = (
    update(_USERS).where(_USERS.c.id == bindparam("user_id")).values(last_sign_in_at=bindparam("signed_in_at"))
)
