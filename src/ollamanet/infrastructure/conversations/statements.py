"""Every statement of conversations."""

from typing import Final

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from ollamanet.infrastructure.conversations.tables import ConversationRow, MessageRow, SummaryRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_conversations: Final = table_of(ConversationRow)
_messages: Final = table_of(MessageRow)
_summaries: Final = table_of(SummaryRow)

INSERT_CONVERSATION: Final = insert(_conversations)

INSERT_MESSAGE: Final = insert(_messages)

# A bind parameter may not share its name with a column that is set.
TOUCH_CONVERSATION: Final = (
    update(_conversations)
    .where(_conversations.c.id == bindparam("conversation_id"))
    .values(updated_at=bindparam("at"), model=bindparam("by_model"))
)

CONVERSATION_OF_OWNER: Final = select(_conversations).where(
    _conversations.c.id == bindparam("conversation_id"), _conversations.c.owner_id == bindparam("owner")
)

CONVERSATIONS_OF_OWNER: Final = (
    select(_conversations)
    .where(_conversations.c.owner_id == bindparam("owner"))
    .order_by(_conversations.c.updated_at.desc(), _conversations.c.id.desc())
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)

COUNT_CONVERSATIONS: Final = (
    select(func.count()).select_from(_conversations).where(_conversations.c.owner_id == bindparam("owner"))
)

NEWEST_MESSAGES: Final = (
    select(_messages)
    .where(_messages.c.conversation_id == bindparam("conversation_id"))
    .order_by(_messages.c.created_at.desc(), _messages.c.id.desc())
    .limit(bindparam("limit"))
)

MESSAGES: Final = (
    select(_messages)
    .where(_messages.c.conversation_id == bindparam("conversation_id"))
    .order_by(_messages.c.created_at, _messages.c.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)

COUNT_MESSAGES: Final = (
    select(func.count()).select_from(_messages).where(_messages.c.conversation_id == bindparam("conversation_id"))
)

COUNT_EARLIER_MESSAGES: Final = (
    select(func.count())
    .select_from(_messages)
    .where(
        _messages.c.conversation_id == bindparam("conversation_id"),
        or_(
            _messages.c.created_at < bindparam("at"),
            and_(_messages.c.created_at == bindparam("at"), _messages.c.id < bindparam("message_id")),
        ),
    )
)

LATER_MESSAGES: Final = (
    select(_messages)
    .where(
        _messages.c.conversation_id == bindparam("conversation_id"),
        or_(
            _messages.c.created_at > bindparam("at"),
            and_(_messages.c.created_at == bindparam("at"), _messages.c.id > bindparam("message_id")),
        ),
    )
    .order_by(_messages.c.created_at, _messages.c.id)
    .limit(bindparam("limit"))
)

# A summary whose last message is gone tells of what was taken back: nobody sees it again.
SUMMARY: Final = (
    select(_summaries)
    .join(
        _messages,
        and_(_messages.c.id == _summaries.c.covers_to, _messages.c.conversation_id == _summaries.c.conversation_id),
    )
    .where(_summaries.c.conversation_id == bindparam("conversation_id"))
)

DELETE_SUMMARY: Final = delete(_summaries).where(_summaries.c.conversation_id == bindparam("of_conversation"))

INSERT_SUMMARY: Final = insert(_summaries)
