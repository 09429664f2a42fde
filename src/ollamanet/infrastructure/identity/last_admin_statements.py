"""The statement that finds administrators."""

from typing import Final

from sqlalchemy import func, select

from ollamanet.infrastructure.identity.tables import UserRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_USERS: Final = table_of(UserRow)

# Roles are a JSON list: a name between quotes is a whole one, as a quote within a name is escaped.
ACTIVE_ADMINS: Final = select(_USERS.c.id).where(
    _USERS.c.status == "active", func.lower(_USERS.c.roles).like('%"admin"%')
)
