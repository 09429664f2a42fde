"""Conversations in the database."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection, Row, Select

from ollamanet.application.conversations.ports import History
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.errors import Conflict, NotFound
from ollamanet.domain.kernel.ids import ConversationId, UserId
from ollamanet.infrastructure.conversations import statements
from ollamanet.infrastructure.conversations.rows import (
    conversation_from,
    conversation_parameters,
    message_from,
    message_parameters,
    summary_from,
    summary_parameters,
)
from ollamanet.infrastructure.kernel.database import Database
from ollamanet.infrastructure.kernel.group_commit import GroupCommit
from ollamanet.infrastructure.kernel.sql_errors import ConstraintRefusals, refusals
from ollamanet.infrastructure.kernel.sql_write import Write

Item = TypeVar("Item")

LARGEST_PAGE: Final = 200
LARGEST_READ: Final = 16 * 2**20
"""Bytes of images in a page, and of anything in a prompt's history; above the largest body, so one always fits."""


def _no_such_conversation() -> NotFound:
    return NotFound("there is no such conversation")


def _kept_by_another() -> Conflict:
    return Conflict("another summary of the conversation was stored at the same moment")


_REFUSALS: Final[ConstraintRefusals] = {"fk_messages_conversation_id_conversations": _no_such_conversation}
REFUSALS_OF_SUMMARIES: Final[ConstraintRefusals] = {
    "fk_conversation_summaries_conversation_id_conversations": _no_such_conversation,
    "pk_conversation_summaries": _kept_by_another,
    # SQLite has one name for a key, primary or not.
    "uq_conversation_summaries_conversation_id": _kept_by_another,
}
"""What a summary that cannot be stored ran into."""


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

    async def recent(self, conversation_id: ConversationId, *, limit: int) -> History:
        """The newest messages, at most `limit` (>= 1) and 16 MiB, oldest first; the caller has checked the owner."""
        return await self._database.read(partial(_recent, conversation_id, limit))

    async def following(
        self, conversation_id: ConversationId, summary: Summary | None, *, limit: int
    ) -> Sequence[Message]:
        """The messages after those that the summary covers, at most `limit` (>= 1) and 16 MiB, oldest first."""
        wanted: dict[str, object] = {"conversation_id": conversation_id, "limit": limit}
        if summary is None:
            return await self._database.read(partial(_following, statements.MESSAGES, wanted | {"offset": 0}))
        mark = {"at": summary.covers_to_at, "message_id": summary.covers_to}
        return await self._database.read(partial(_following, statements.LATER_MESSAGES, wanted | mark))

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        """The summary, unless the last message that it covers is gone; the caller has checked the owner."""
        wanted = {"conversation_id": conversation_id}
        found = await self._database.read(partial(_all, statements.SUMMARY, wanted, summary_from))
        return found[0] if found else None

    async def keep_summary(self, summary: Summary) -> None:
        """Store a summary in the place of the conversation's last one.

        Raises:
            NotFound: the conversation is gone.
            Conflict: another process stored one at the same moment.
        """
        with refusals(REFUSALS_OF_SUMMARIES):
            await self._writer.submit(
                Write(statements.DELETE_SUMMARY, {"of_conversation": summary.conversation_id}),
                Write(statements.INSERT_SUMMARY, summary_parameters(summary)),
            )

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
        """A conversation's messages, oldest first, with at most 16 MiB of images; the caller has checked the owner."""
        listed = _Listed(statements.COUNT_MESSAGES, statements.MESSAGES, _with_bounded_images())
        return await self._database.read(partial(listed.page, {"conversation_id": conversation_id}, page))


def _recent(conversation_id: ConversationId, limit: int, connection: Connection) -> History:
    wanted = {"conversation_id": conversation_id, "limit": limit}
    newest, cut = _bounded(statements.NEWEST_MESSAGES, wanted, connection)
    messages = newest[::-1]
    if len(messages) < limit and not cut:
        return History(messages)
    # Counted from the oldest one that was read: a message that comes between the two reads changes nothing.
    mark = {"conversation_id": conversation_id, "at": messages[0].created_at, "message_id": messages[0].id}
    return History(messages, connection.execute(statements.COUNT_EARLIER_MESSAGES, mark).scalar_one())


def _following(statement: Select[Any], parameters: Mapping[str, object], connection: Connection) -> list[Message]:
    return _bounded(statement, parameters, connection)[0]


def _bounded(
    statement: Select[Any], parameters: Mapping[str, object], connection: Connection
) -> tuple[list[Message], bool]:
    """At most 16 MiB of messages, and whether there were more; what is not wanted any more is never in memory."""
    messages: list[Message] = []
    room = LARGEST_READ
    with closing(connection.execute(statement, parameters)) as rows:
        for row in rows:
            room -= len(row.text) + len(row.images or "")
            if room < 0 and messages:
                return messages, True
            messages.append(message_from(row))
    return messages, False


def _with_bounded_images() -> Callable[[Row[Any]], Message]:
    taken = 0

    def make(row: Row[Any]) -> Message:
        nonlocal taken
        size = len(row.images or "")
        if taken and taken + size > LARGEST_READ:
            return message_from(row, with_images=size == 0)
        taken += size
        return message_from(row)

    return make


def _all(
    statement: Select[Any], parameters: Mapping[str, object], make: Callable[[Row[Any]], Item], connection: Connection
) -> list[Item]:
    return [make(row) for row in connection.execute(statement, parameters)]


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
