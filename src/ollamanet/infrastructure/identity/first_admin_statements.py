"""The statement that looks for an administrator."""

from typing import Final

from sqlalchemy import func, select

from ollamanet.domain.identity.user import Role, UserStatus
from ollamanet.infrastructure.identity.tables import UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_USERS: Final = table_of(UserRow)

# Roles are a JSON list of strings; a quote within a name has a backslash before it, so this finds no part of another.
COUNT_ACTIVE_ADMINS: Final = select(func.count(_USERS.c.id).label("admins")).where(
    _USERS.c.status == UserStatus.ACTIVE.value, _USERS.c.roles.like(f'%"{Role.ADMIN.value}"%')
)
