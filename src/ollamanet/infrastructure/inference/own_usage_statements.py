"""The statements that read what one user took; the second goes on after a mark."""

from typing import Final

from sqlalchemy import and_, bindparam, or_, select

from ollamanet.infrastructure.inference.tables import DayUseRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_days: Final = table_of(DayUseRow)
_of_user: Final = select(_days).where(_days.c.user_id == bindparam("of_user"))
_after: Final = or_(
    _days.c.day > bindparam("after_day"),
    and_(_days.c.day == bindparam("after_day"), _days.c.api_key > bindparam("after_key")),
)

FIRST_DAYS: Final = _of_user.order_by(_days.c.day, _days.c.api_key).limit(bindparam("limit"))
NEXT_DAYS: Final = _of_user.where(_after).order_by(_days.c.day, _days.c.api_key).limit(bindparam("limit"))
