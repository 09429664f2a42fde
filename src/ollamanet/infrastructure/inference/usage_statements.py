"""The statements that make a person's usage anonymous."""

from typing import Final

from sqlalchemy import bindparam, delete, func, select

from ollamanet.infrastructure.inference.tables import DayUseRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_DAYS: Final = table_of(DayUseRow)

DAYS_OF_USER: Final = (
    select(_DAYS.c.day, func.sum(_DAYS.c.requests).label("all_requests"), func.sum(_DAYS.c.tokens).label("all_tokens"))
    .where(_DAYS.c.user_id == bindparam("of_user"))
    .group_by(_DAYS.c.day)
)
DELETE_DAYS_OF_USER: Final = delete(_DAYS).where(_DAYS.c.user_id == bindparam("of_user"))
