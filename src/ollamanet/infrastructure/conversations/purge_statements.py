"""The statements that remove all conversations of a person."""

from typing import Final

from sqlalchemy import bindparam, delete, select

from ollamanet.infrastructure.conversations.tables import ConversationRow
from ollamanet.infrastructure.kernel.sql_base import table_of

_CONVERSATIONS: Final = table_of(ConversationRow)

SOME_CONVERSATIONS: Final = (
    select(_CONVERSATIONS.c.id)
    .where(_CONVERSATIONS.c.owner_id == bindparam("owner"))
    .order_by(_CONVERSATIONS.c.updated_at, _CONVERSATIONS.c.id)
    .limit(bindparam("limit"))
)
DELETE_CONVERSATION: Final = delete(_CONVERSATIONS).where(_CONVERSATIONS.c.id == bindparam("conversation_id"))
