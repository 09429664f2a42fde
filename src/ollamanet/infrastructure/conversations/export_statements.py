"""The statements that read all of somebody's conversations; each goes on after a mark, as what is read may grow."""

from typing import Final

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, or_, select

from ollamanet.infrastructure.conversations.tables import ConversationRow, MessageRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_conversations: Final = table_of(ConversationRow)
_messages: Final = table_of(MessageRow)
_TEXT_COLUMNS: Final = [column for column in _messages.c if column.name != "images"]


def _after(table: Table) -> ColumnElement[bool]:
    return or_(
        table.c.created_at > bindparam("at"),
        and_(table.c.created_at == bindparam("at"), table.c.id > bindparam("after_id")),
    )


def _oldest(statement: Select[tuple[object, ...]], table: Table) -> Select[tuple[object, ...]]:
    return statement.order_by(table.c.created_at, table.c.id).limit(bindparam("limit"))


_OF_OWNER: Final = select(_conversations).where(_conversations.c.owner_id == bindparam("owner"))
_TEXTS: Final = select(*_TEXT_COLUMNS).where(_messages.c.conversation_id == bindparam("conversation_id"))
# Null where there are none, which is other than nothing for no database.
_PICTURES: Final = select(_messages).where(
    _messages.c.conversation_id == bindparam("conversation_id"), _messages.c.images != ""
)

FIRST_CONVERSATIONS: Final = _oldest(_OF_OWNER, _conversations)
NEXT_CONVERSATIONS: Final = _oldest(_OF_OWNER.where(_after(_conversations)), _conversations)
FIRST_TEXTS: Final = _oldest(_TEXTS, _messages)
NEXT_TEXTS: Final = _oldest(_TEXTS.where(_after(_messages)), _messages)
FIRST_PICTURES: Final = _oldest(_PICTURES, _messages)
NEXT_PICTURES: Final = _oldest(_PICTURES.where(_after(_messages)), _messages)
