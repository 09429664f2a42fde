"""A conversation store that forgets everything at the end of the test."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ollamanet.application.conversations.ports import History
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.errors import NotFound
from ollamanet.domain.kernel.ids import ConversationId, UserId

Item = TypeVar("Item")


class MemoryConversations:
    """Keeps everything in dictionaries; a call is never interrupted, so that nothing is ever half stored."""

    def __init__(self) -> None:
        self._conversations: dict[ConversationId, Conversation] = {}
        self._messages: dict[ConversationId, list[Message]] = {}
        self._summaries: dict[ConversationId, Summary] = {}

    def messages(self, conversation_id: ConversationId) -> tuple[Message, ...]:
        """What was said, for a test to look at; empty when there is no such conversation."""
        return tuple(
            sorted(self._messages.get(conversation_id, ()), key=lambda message: (message.created_at, message.id))
        )

    def conversations(self) -> tuple[Conversation, ...]:
        """Everybody's conversations, for a test to look at, in the order in which they were started."""
        return tuple(self._conversations.values())

    def forget(self, conversation_id: ConversationId) -> None:
        """Lose a conversation, as if it was deleted meanwhile."""
        del self._conversations[conversation_id], self._messages[conversation_id]
        self._summaries.pop(conversation_id, None)

    async def get(self, conversation_id: ConversationId, *, owner: UserId) -> Conversation:
        found = self._conversations.get(conversation_id)
        if found is None or found.owner != owner:
            raise NotFound("there is no such conversation")
        return found

    async def recent(self, conversation_id: ConversationId, *, limit: int) -> History:
        messages = self.messages(conversation_id)
        return History(messages[-limit:], max(0, len(messages) - limit))

    async def following(
        self, conversation_id: ConversationId, summary: Summary | None, *, limit: int
    ) -> Sequence[Message]:
        mark = None if summary is None else (summary.covers_to_at, summary.covers_to)
        later = [each for each in self.messages(conversation_id) if mark is None or (each.created_at, each.id) > mark]
        return later[:limit]

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        found = self._summaries.get(conversation_id)
        there = found and found.covers_to in {message.id for message in self.messages(conversation_id)}
        return found if there else None

    async def keep_summary(self, summary: Summary) -> None:
        if summary.conversation_id not in self._conversations:
            raise NotFound("there is no such conversation")
        self._summaries[summary.conversation_id] = summary

    async def start(self, conversation: Conversation, question: Message) -> None:
        self._conversations[conversation.id] = conversation
        self._messages[conversation.id] = [question]

    async def append(self, message: Message, *, model: str) -> None:
        conversation = self._conversations.get(message.conversation_id)
        if conversation is None:
            raise NotFound("there is no such conversation")
        self._conversations[conversation.id] = replace(conversation, updated_at=message.created_at, model=model)
        self._messages[conversation.id].append(message)

    async def list_conversations(self, owner: UserId, page: PageRequest) -> Page[Conversation]:
        own = [conversation for conversation in self._conversations.values() if conversation.owner == owner]
        own.sort(key=lambda conversation: (conversation.updated_at, conversation.id), reverse=True)
        return _cut(own, page)

    async def list_messages(self, conversation_id: ConversationId, page: PageRequest) -> Page[Message]:
        return _cut(self.messages(conversation_id), page)


def _cut(items: Sequence[Item], page: PageRequest) -> Page[Item]:
    page = PageRequest(max(page.page, 1), min(max(page.page_size, 1), 200))
    return Page(items[page.offset : page.offset + page.page_size], page.page, page.page_size, len(items))
