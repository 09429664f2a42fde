"""One conversation, with its summary."""

from dataclasses import dataclass

from ollamanet.application.conversations.ports import ConversationStore
from ollamanet.application.kernel.actor import Actor
from ollamanet.domain.conversations.conversation import Conversation
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.ids import ConversationId
from ollamanet.domain.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class GetConversation:
    """By its id."""

    actor: Actor
    conversation_id: ConversationId


@dataclass(frozen=True, slots=True)
class FoundConversation:
    """A conversation.

    Attributes:
        summary: what is told to models in the place of its older turns; None while there is none.
    """

    conversation: Conversation
    summary: Summary | None


@dataclass(frozen=True, slots=True)
class GetConversationHandler:
    """Reads it."""

    store: ConversationStore

    async def __call__(self, query: GetConversation) -> FoundConversation:
        """The conversation, if it is the caller's.

        Raises:
            Forbidden: he may not chat.
            NotFound: there is none, or it is another user's.
        """
        query.actor.require(Permission.CHAT)
        conversation = await self.store.get(query.conversation_id, owner=query.actor.user_id)
        return FoundConversation(conversation, await self.store.summary(conversation.id))
