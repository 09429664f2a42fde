"""All that somebody said and was told, a little at a time."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ollamanet.application.kernel.parts import each_of
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.ids import ConversationId, UserId


class WholeConversations(Protocol):
    """Reads everything, oldest first, in parts that are small enough to be held in memory; the last one is empty."""

    async def conversations(self, owner: UserId, after: Conversation | None) -> Sequence[Conversation]:
        """The owner's conversations after that one, by the time they were begun."""
        ...

    async def texts(self, conversation_id: ConversationId, after: Message | None) -> Sequence[Message]:
        """A conversation's messages after that one, without images: `images` is None."""
        ...

    async def pictures(self, conversation_id: ConversationId, after: Message | None) -> Sequence[Message]:
        """The messages after that one that have images, with them."""
        ...

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        """What models are told in the place of its oldest messages."""
        ...


@dataclass(frozen=True, slots=True)
class ExportConversations:
    """The owner's conversations, as they are while they are read; whoever asks has made sure that he is the owner."""

    store: WholeConversations

    def conversations(self, owner: UserId) -> AsyncGenerator[Conversation, None]:
        """All of them, the oldest first."""
        return each_of(lambda after: self.store.conversations(owner, after))

    def texts(self, conversation: Conversation) -> AsyncGenerator[Message, None]:
        """Its messages without their images, the oldest first."""
        return each_of(lambda after: self.store.texts(conversation.id, after))

    def pictures(self, conversation: Conversation) -> AsyncGenerator[Message, None]:
        """Its messages with images, the oldest first."""
        return each_of(lambda after: self.store.pictures(conversation.id, after))

    async def summary(self, conversation: Conversation) -> Summary | None:
        """Its summary, if it has one."""
        return await self.store.summary(conversation.id)
