"""Conversations in the database."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row, Select

from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import ConversationId, UserId
from ollamanet.infrastructure.conversations import statements
from ollamanet.infrastructure.conversations.rows import (
    conversation_from,
    conversation_parameters,
    message_from,
    message_parameters,
)
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import ConstraintRefusals, refusals
from ollamanet.infrastructure.kernel.sql_write import Write

LARGEST_PAGE: Final = 200


def _no_such_conversation() -> NotFound:
    return NotFound("there is no such conversation")


_REFUSALS: Final[ConstraintRefusals] = {"fk_messages_conversation_id_conversations": _no_such_conversation}


class SqlConversations:
    """Conversations and their messages; satisfies the port `ConversationStore`."""

    def __init__(self, database: Database, writer: GroupCommit) -> None:
        self._database: Final = database
        self._writer: Final = writer

    async def get(self, conversation_id: ConversationId, *, owner: UserId) -> Conversation:
        """One conversation.

        Raises:
            NotFound: there is none, or it is another user's.
        """
        wanted = {"conversation_id": conversation_id, "owner": owner}
        rows = await self._database.read(partial(_all, statements.CONVERSATION_OF_OWNER, wanted))
        if not rows:
            raise _no_such_conversation()
        return conversation_from(rows[0])

    async def recent(self, conversation_id: ConversationId, *, limit: int) -> Sequence[Message]:
        """The newest messages, at most `limit` (>= 1), oldest first; the caller has checked the owner."""
        wanted = {"conversation_id": conversation_id, "limit": limit}
        rows = await self._database.read(partial(_all, statements.NEWEST_MESSAGES, wanted))
        return [message_from(row) for row in reversed(rows)]

    async def start(self, conversation: Conversation, question: Message) -> None:
        """Store a new conversation with its first question, both or neither."""
        await self._writer.submit(
            Write(statements.INSERT_CONVERSATION, conversation_parameters(conversation)),
            Write(statements.INSERT_MESSAGE, message_parameters(question)),
        )

    async def append(self, message: Message, *, model: str) -> None:
        """Store a message and touch its conversation: `updated_at` becomes the message's time, `model` the one given.

        Raises:
            NotFound: the conversation is gone.
        """
        touched = {"conversation_id": message.conversation_id, "at": message.created_at, "by_model": model}
        with refusals(_REFUSALS):
            await self._writer.submit(
                Write(statements.TOUCH_CONVERSATION, touched),
                Write(statements.INSERT_MESSAGE, message_parameters(message)),
            )

    async def list_conversations(self, owner: UserId, page: PageRequest) -> Page[Conversation]:
        """The owner's conversations, last updated first."""
        page = _clamped(page)
        total, rows = await self._database.read(
            partial(_page, statements.COUNT_CONVERSATIONS, statements.CONVERSATIONS_OF_OWNER, {"owner": owner}, page)
        )
        return Page([conversation_from(row) for row in rows], page.page, page.page_size, total)

    async def list_messages(self, conversation_id: ConversationId, page: PageRequest) -> Page[Message]:
        """A conversation's messages, oldest first; the caller has checked the owner."""
        page = _clamped(page)
        wanted = {"conversation_id": conversation_id}
        total, rows = await self._database.read(
            partial(_page, statements.COUNT_MESSAGES, statements.MESSAGES, wanted, page)
        )
        return Page([message_from(row) for row in rows], page.page, page.page_size, total)


def _clamped(page: PageRequest) -> PageRequest:
    return PageRequest(max(page.page, 1), min(max(page.page_size, 1), LARGEST_PAGE))


def _all(statement: Select[Any], parameters: Mapping[str, object], connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(statement, parameters).all()


def _page(
    count: Select[tuple[int]],
    items: Select[Any],
    parameters: Mapping[str, object],
    page: PageRequest,
    connection: Connection,
) -> tuple[int, Sequence[Row[Any]]]:
    total = connection.execute(count, parameters).scalar_one()
    # Past the end nothing is asked: an absurd page number would not fit the database's integers.
    if page.offset >= total:
        return total, ()
    window = {"limit": page.page_size, "offset": page.offset}
    return total, connection.execute(items, {**parameters, **window}).all()
