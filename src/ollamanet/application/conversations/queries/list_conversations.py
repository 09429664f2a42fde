"""The conversations of a user."""

from dataclasses import dataclass

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.conversations.conversation import Conversation
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class ListConversations:
    """One page, last updated first."""

    actor: Actor
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListConversationsHandler:
    """Reads them."""

    store: ConversationStore

    async def __call__(self, query: ListConversations) -> Page[Conversation]:
        """The caller's own, nobody else's.

        Raises:
            Forbidden: he may not chat.
        """
        query.actor.require(Permission.CHAT)
        return await self.store.list_conversations(query.actor.user_id, query.page)
