"""All of somebody's conversations from the database, a few megabytes at a time."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Select

from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.ids import ConversationId, UserId
from ollamanet.infrastructure.conversations import export_statements as statements
from ollamanet.infrastructure.conversations.rows import conversation_from, message_from, summary_from
from ollamanet.infrastructure.conversations.statements import SUMMARY
from ollamanet.infrastructure.kernel.database import Database

_CONVERSATIONS: Final = 100
_MESSAGES: Final = 100
_LARGEST_PART: Final = 2**20
"""Characters of messages that are held at once; a longer message comes alone."""


class SqlWholeConversations:
    """Satisfies `WholeConversations`."""

    def __init__(self, database: Database) -> None:
        self._database: Final = database

    async def conversations(self, owner: UserId, after: Conversation | None) -> Sequence[Conversation]:
        """The owner's conversations after that one."""
        statement = statements.FIRST_CONVERSATIONS if after is None else statements.NEXT_CONVERSATIONS
        wanted = {"owner": owner, "limit": _CONVERSATIONS} | _mark(after)

        def read(connection: Connection) -> list[Conversation]:
            return [conversation_from(row) for row in connection.execute(statement, wanted)]

        return await self._database.read(read)

    async def texts(self, conversation_id: ConversationId, after: Message | None) -> Sequence[Message]:
        """A conversation's messages after that one, without images."""
        statement = statements.FIRST_TEXTS if after is None else statements.NEXT_TEXTS
        wanted = {"conversation_id": conversation_id, "limit": _MESSAGES} | _mark(after)
        return await self._database.read(partial(_texts, statement, wanted))

    async def pictures(self, conversation_id: ConversationId, after: Message | None) -> Sequence[Message]:
        """The next message that has images: of those, one is enough to hold."""
        statement = statements.FIRST_PICTURES if after is None else statements.NEXT_PICTURES
        wanted = {"conversation_id": conversation_id, "limit": 1} | _mark(after)

        def read(connection: Connection) -> list[Message]:
            return [message_from(row) for row in connection.execute(statement, wanted)]

        return await self._database.read(read)

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        """The summary, unless the last message that it covers is gone."""

        def read(connection: Connection) -> Summary | None:
            row = connection.execute(SUMMARY, {"conversation_id": conversation_id}).one_or_none()
            return None if row is None else summary_from(row)

        return await self._database.read(read)


def _mark(after: Conversation | Message | None) -> dict[str, object]:
    return {} if after is None else {"at": after.created_at, "after_id": after.id}


def _texts(statement: Select[Any], wanted: dict[str, object], connection: Connection) -> list[Message]:
    messages: list[Message] = []
    room = _LARGEST_PART
    with closing(connection.execute(statement, wanted)) as rows:
        for row in rows:
            room -= len(row.text) + len(row.thinking) + len(row.tool_calls or "")
            if room < 0 and messages:
                break
            messages.append(message_from(row, with_images=False))
    return messages
