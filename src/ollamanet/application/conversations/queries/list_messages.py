"""The messages of a conversation."""

from dataclasses import dataclass

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.conversations.conversation import Message
from ollamanet.domain.kernel.ids import ConversationId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ListMessages:
    """One page, oldest first."""

    actor: Actor
    conversation_id: ConversationId
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListMessagesHandler:
    """Reads them."""

    store: ConversationStore

    async def __call__(self, query: ListMessages) -> Page[Message]:
        """The messages, if the conversation is the caller's.

        Raises:
            Forbidden: he may not chat.
            NotFound: there is no such conversation, or it is another user's.
        """
        query.actor.require(Permission.CHAT)
        await self.store.get(query.conversation_id, owner=query.actor.user_id)
        return await self.store.list_messages(query.conversation_id, query.page)
