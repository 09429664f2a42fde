"""The statements that read the audit trail; none here changes it."""

from typing import Final

from sqlalchemy import BindParameter, Column, ColumnElement, and_, bindparam, func, or_, select

from ollamanet.infrastructure.kernel.audit_tables import AuditEntryRow, AuditHeadRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_ENTRIES: Final = table_of(AuditEntryRow)
_HEAD: Final = table_of(AuditHeadRow)
_ESCAPE: Final = "!"


def _said(column: Column[object], name: str) -> tuple[ColumnElement[bool], BindParameter[object]]:
    parameter = bindparam(name, type_=column.type)
    return parameter.is_(None), parameter


def _equal(column: Column[object], name: str) -> ColumnElement[bool]:
    unsaid, wanted = _said(column, name)
    return or_(unsaid, column == wanted)


def _like(column: Column[object], name: str) -> ColumnElement[bool]:
    unsaid, pattern = _said(column, name)
    return or_(unsaid, column.like(pattern, escape=_ESCAPE))


def like_pattern(text: str, *, prefix: bool) -> str:
    """A pattern for LIKE that means the text itself, or all that begins with it."""
    for special in (_ESCAPE, "%", "_", "["):
        text = text.replace(special, _ESCAPE + special)
    return text + "%" * prefix


def _since() -> ColumnElement[bool]:
    unsaid, wanted = _said(_ENTRIES.c.at, "since")
    return or_(unsaid, _ENTRIES.c.at >= wanted)


def _until() -> ColumnElement[bool]:
    unsaid, wanted = _said(_ENTRIES.c.at, "before_time")
    return or_(unsaid, _ENTRIES.c.at < wanted)


# One statement for every choice: what is not said is NULL.
_CHOSEN: Final = and_(
    _equal(_ENTRIES.c.actor_id, "of_actor"),
    _equal(_ENTRIES.c.actor_name, "of_name"),
    _like(_ENTRIES.c.action, "of_action"),
    _like(_ENTRIES.c.target, "of_target"),
    _equal(_ENTRIES.c.address, "of_address"),
    _equal(_ENTRIES.c.request_id, "of_request"),
    _since(),
    _until(),
)
_BETWEEN: Final = and_(_ENTRIES.c.seq > bindparam("after"), _ENTRIES.c.seq <= bindparam("last"))

COUNT_ENTRIES: Final = select(func.count(_ENTRIES.c.seq).label("total")).where(_CHOSEN)
ENTRIES_NEWEST_FIRST: Final = (
    select(_ENTRIES)
    .where(_CHOSEN)
    .order_by(_ENTRIES.c.seq.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
ENTRIES_OLDEST_FIRST: Final = (
    select(_ENTRIES).where(_BETWEEN, _CHOSEN).order_by(_ENTRIES.c.seq).limit(bindparam("limit"))
)

LINKS: Final = select(_ENTRIES).where(_BETWEEN).order_by(_ENTRIES.c.seq).limit(bindparam("limit"))
BARE_LINKS: Final = (
    select(_ENTRIES.c.seq, _ENTRIES.c.previous_hash, _ENTRIES.c.hash)
    .where(_BETWEEN)
    .order_by(_ENTRIES.c.seq)
    .limit(bindparam("limit"))
)
ENTRY: Final = select(_ENTRIES).where(_ENTRIES.c.seq == bindparam("of_seq"))
NEWEST_SEQ: Final = select(func.max(_ENTRIES.c.seq).label("newest"))
HEAD: Final = select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == 1)
