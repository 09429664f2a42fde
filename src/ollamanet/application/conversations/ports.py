"""What the conversations module needs from the outside."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.page import Page, PageRequest
from ollamanet.domain.conversations.conversation import Conversation, Message
from ollamanet.domain.conversations.summary import Summary
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.ids import ConversationId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import ModelTerms
from ollamanet.domain.kernel.reply import ReplyEvent


@dataclass(frozen=True, slots=True)
class History:
    """The end of a conversation.

    Attributes:
        messages: oldest first.
        earlier: how many came before them, >= 0.
    """

    messages: Sequence[Message] = ()
    earlier: int = 0


class ConversationStore(Protocol):
    """Where conversations are kept; each call is one short transaction, durable when it returns."""

    async def get(self, conversation_id: ConversationId, *, owner: UserId) -> Conversation:
        """One conversation.

        Raises:
            NotFound: there is none, or it is another user's.
        """
        ...

    async def recent(self, conversation_id: ConversationId, *, limit: int) -> History:
        """The newest messages, at most `limit` (>= 1), oldest first; the caller has checked the owner.

        Fewer when they are so large that no prompt could hold more of them, but at least one if there is one.
        """
        ...

    async def following(
        self, conversation_id: ConversationId, summary: Summary | None, *, limit: int
    ) -> Sequence[Message]:
        """The messages after those that the summary covers, from the first on if None; else as `recent`."""
        ...

    async def summary(self, conversation_id: ConversationId) -> Summary | None:
        """The summary, unless the last message that it covers is gone; the caller has checked the owner."""
        ...

    async def keep_summary(self, summary: Summary) -> None:
        """Store a summary in the place of the conversation's last one.

        Raises:
            NotFound: the conversation is gone.
            Conflict: another process stored one at the same moment.
        """
        ...

    async def start(self, conversation: Conversation, question: Message) -> None:
        """Store a new conversation with its first question, both or neither."""
        ...

    async def append(self, message: Message, *, model: str) -> None:
        """Store a message and touch its conversation: `updated_at` becomes the message's time, `model` the one given.

        Raises:
            NotFound: the conversation is gone.
        """
        ...

    async def list_conversations(self, owner: UserId, page: PageRequest) -> Page[Conversation]:
        """The owner's conversations, last updated first."""
        ...

    async def list_messages(self, conversation_id: ConversationId, page: PageRequest) -> Page[Message]:
        """A conversation's messages, oldest first; the caller has checked the owner.

        Images that would make the page too large are left out of it; the first message of a page always has its own.
        """
        ...


class Reply(Protocol):
    """An admitted request; it holds a place in the queue until it is iterated to its end or closed."""

    def events(self) -> AsyncGenerator[Sequence[ReplyEvent], None]:
        """Wait for a slot, ask the model, and bring what it says, in batches of one or more events.

        Raises:
            Refusal: it waited too long, or the replica failed; before or after the first piece of the answer.
        """
        ...

    def release(self) -> None:
        """Give the place or slot back; safe to call at any time, any number of times."""
        ...


class Replies(Protocol):
    """Where answers come from; the inference module satisfies this without either importing the other."""

    async def resolve(self, model: ModelName | None, actor: Actor) -> ModelTerms:
        """The model that would answer, the one asked for or the default, and what holds for its prompts.

        Raises:
            Forbidden: the model is not among those that the actor may ask.
            ModelNotFound: no replica has it.
            NoHealthyReplica: no replica can say which models it has.
        """
        ...

    def admit(self, request: ReplyRequest) -> Reply:
        """Take a place for the request at once, or refuse.

        Raises:
            Refusal: queue full, too many in flight, shutting down.
        """
        ...
