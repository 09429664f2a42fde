"""The statements about failed sign-ins."""

from typing import Final

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from ollamanet.infrastructure.identity.tables import SessionRow, SignInFailuresRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_FAILURES: Final = table_of(SignInFailuresRow)
_SESSIONS: Final = table_of(SessionRow)

FAILURES_OF_TWO: Final = select(_FAILURES).where(
    or_(_FAILURES.c.subject == bindparam("subject"), _FAILURES.c.subject == bindparam("near"))
)
SESSIONS_FROM: Final = select(func.count(_SESSIONS.c.id).label("total")).where(
    _SESSIONS.c.user_id == bindparam("user_id"),
    _SESSIONS.c.address == bindparam("address"),
    _SESSIONS.c.last_used_at > bindparam("since"),
)

# The first statement about a subject locks its row, on every dialect, until the transaction ends.
COUNT_FAILURE: Final = (
    update(_FAILURES).where(_FAILURES.c.subject == bindparam("of")).values(failures=_FAILURES.c.failures + 1)
)
INSERT_FAILURES: Final = insert(_FAILURES)
FAILURES_OF: Final = select(_FAILURES).where(_FAILURES.c.subject == bindparam("subject"))
SET_FAILURES: Final = (
    update(_FAILURES)
    .where(_FAILURES.c.subject == bindparam("of"))
    .values(failures=bindparam("count"), last_at=bindparam("at"), locked_until=bindparam("until"))
)

CLEAR_FAILURES: Final = delete(_FAILURES).where(
    or_(_FAILURES.c.subject == bindparam("subject"), _FAILURES.c.subject.like(bindparam("with_address")))
)
FORGET_FAILURES: Final = delete(_FAILURES).where(
    _FAILURES.c.last_at < bindparam("before"),
    or_(_FAILURES.c.locked_until.is_(None), _FAILURES.c.locked_until < bindparam("now")),
)
