"""Conversations in the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

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

Item = TypeVar("Item")

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
        found = await self._database.read(partial(_all, statements.CONVERSATION_OF_OWNER, wanted, conversation_from))
        if not found:
            raise _no_such_conversation()
        return found[0]

    async def recent(self, conversation_id: ConversationId, *, limit: int) -> Sequence[Message]:
        """The newest messages, at most `limit` (>= 1), oldest first; the caller has checked the owner."""
        wanted = {"conversation_id": conversation_id, "limit": limit}
        newest = await self._database.read(partial(_all, statements.NEWEST_MESSAGES, wanted, message_from))
        return newest[::-1]

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
        listed = _Listed(statements.COUNT_CONVERSATIONS, statements.CONVERSATIONS_OF_OWNER, conversation_from)
        return await self._database.read(partial(listed.page, {"owner": owner}, page))

    async def list_messages(self, conversation_id: ConversationId, page: PageRequest) -> Page[Message]:
        """A conversation's messages, oldest first; the caller has checked the owner."""
        listed = _Listed(statements.COUNT_MESSAGES, statements.MESSAGES, message_from)
        return await self._database.read(partial(listed.page, {"conversation_id": conversation_id}, page))


def _all(
    statement: Select[Any], parameters: Mapping[str, object], make: Callable[[Row[Any]], Item], connection: Connection
) -> list[Item]:
    return [make(row) for row in connection.execute(statement, parameters).all()]


@dataclass(frozen=True, slots=True)
class _Listed(Generic[Item]):
    """A list that is read in pages: how many there are, a part of them, and what a row is."""

    count: Select[tuple[int]]
    part: Select[Any]
    make: Callable[[Row[Any]], Item]

    def page(self, parameters: Mapping[str, object], asked: PageRequest, connection: Connection) -> Page[Item]:
        page = PageRequest(max(asked.page, 1), min(max(asked.page_size, 1), LARGEST_PAGE))
        total = connection.execute(self.count, parameters).scalar_one()
        items: list[Item] = []
        # Past the end nothing is asked: an absurd page number would not fit the database's integers.
        if page.offset < total:
            window = {"limit": page.page_size, "offset": page.offset}
            items = _all(self.part, {**parameters, **window}, self.make, connection)
        return Page(items, page.page, page.page_size, total)
