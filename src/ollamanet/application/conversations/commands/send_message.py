"""Send a message to a model and hear its answer; both are stored."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from ollamanet.application.conversations.answer_recorder import AnswerRecorder, Exchange, LiveAnswer
from ollamanet.application.conversations.commands.summarize_conversation import (
    SummarizeConversation,
    SummarizeConversationHandler,
)
from ollamanet.application.conversations.ports import ConversationStore, Replies, Reply
from ollamanet.application.conversations.prompting import Prompted, Prompting
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.background import Background
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.conversations.conversation import Conversation, Message, title_from
from ollamanet.domain.conversations.prompt import Prompt
from ollamanet.domain.kernel.chat import Priority, ReplyRequest, Role, Sampling
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import ConversationId, MessageId, RequestId, UserId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import ModelTerms, Overflow
from ollamanet.domain.kernel.permissions import Permission

_TOO_MANY: Final = "too_many_in_flight"
_FULL: Final = "queue_full"


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A question, in a conversation or as the start of one.

    Attributes:
        conversation_id: None starts a conversation.
        model: None means the conversation's, or the default of the service.
        system: instructions for a new conversation; for an old one they replace its own in this prompt only.
        overflow: None means the model's own.
        timeout: seconds (> 0) for the whole reply; None for the service's bound.
    """

    actor: Actor
    request_id: RequestId
    text: str
    conversation_id: ConversationId | None = None
    model: ModelName | None = None
    system: str | None = None
    images: tuple[str, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    overflow: Overflow | None = None
    priority: Priority = Priority.INTERACTIVE
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class SendMessageHandler:
    """Stores the question, asks, and hands over the live answer.

    Attributes:
        summarize: makes the summary that the next question of a long conversation will need.
        background: where it is made.
        history_limit: messages of a conversation that are read back at most, > 0.
    """

    store: ConversationStore
    replies: Replies
    recorder: AnswerRecorder
    clock: Clock
    ids: Ids
    summarize: SummarizeConversationHandler
    background: Background
    history_limit: int = 200

    async def __call__(self, command: SendMessage) -> LiveAnswer:
        """Admit the request, then store the question: a request that is refused leaves nothing behind.

        Returns:
            The answer on its way; the caller iterates it to its end, or closes it. It is stored when it ends, however
            it ends.

        Raises:
            Forbidden: he may not chat, or not with this model.
            Refusal: nothing was stored.
        """
        command.actor.require(Permission.CHAT)
        started = self.clock.monotonic()
        known = await self._known(command)
        question = self._question(command, known)
        wanted = command.model or (ModelName.parse(known.model) if known else None)
        terms = await self.replies.resolve(wanted, command.actor)
        prompted = await self._prompted(command, known, question, terms)
        prompt = prompted.prompt
        reply = await self._admitted(self._request(command, prompt, terms.name, question.conversation_id))
        model = str(terms.name)
        try:
            await self._store(command, known, question, model)
        except BaseException:
            reply.release()
            raise
        afterwards = self._afterwards(command, question.conversation_id, terms.name, prompted.to_summarize)
        exchange = Exchange(
            command.request_id, question.conversation_id, question.id, model, prompt, started, afterwards
        )
        return self.recorder.record(exchange, reply)

    async def _known(self, command: SendMessage) -> Conversation | None:
        if command.conversation_id is None:
            return None
        return await self.store.get(command.conversation_id, owner=command.actor.user_id)

    def _question(self, command: SendMessage, known: Conversation | None) -> Message:
        conversation_id = known.id if known else ConversationId(self.ids.new())
        message_id = MessageId(self.ids.new())
        return Message(message_id, conversation_id, Role.USER, command.text, self.clock.now(), command.images)

    async def _prompted(
        self, command: SendMessage, known: Conversation | None, question: Message, terms: ModelTerms
    ) -> Prompted:
        system = command.system or (known.system if known else None)
        overflow = command.overflow or terms.overflow
        return await Prompting(self.store, self.history_limit).prompt(
            known, question, system=system, sampling=command.sampling, overflow=overflow, terms=terms
        )

    async def _admitted(self, request: ReplyRequest) -> Reply:
        try:
            return self.replies.admit(request)
        except Refusal as refusal:
            # Nobody is refused because of a summary that nobody asked for: the summary gives way.
            own = refusal.code == _TOO_MANY
            in_the_way = own or refusal.code == _FULL
            if not in_the_way or not await self.background.stop(_summaries_of(request.user) if own else None):
                raise
        return self.replies.admit(request)

    def _afterwards(
        self, command: SendMessage, conversation_id: ConversationId, model: ModelName, turns: int
    ) -> Callable[[], object] | None:
        if not turns:
            return None
        # Once the answer is there, so that the summary takes nothing from it; one at a time for each user.
        work = partial(self.summarize, SummarizeConversation(command.actor, conversation_id, model, turns))
        return partial(self.background.start, _summaries_of(command.actor.user_id), work)

    def _request(
        self, command: SendMessage, prompt: Prompt, model: ModelName, conversation_id: ConversationId
    ) -> ReplyRequest:
        return ReplyRequest(
            request_id=command.request_id,
            user=command.actor.user_id,
            model=model,
            turns=prompt.turns,
            sampling=command.sampling,
            priority=command.priority,
            timeout=command.timeout,
            roles=command.actor.roles,
            key=command.actor.key,
            said=command.actor.said,
            affinity=str(conversation_id),
            prompt_tokens=prompt.tokens,
            trimmed=prompt.trimmed,
        )

    async def _store(self, command: SendMessage, known: Conversation | None, question: Message, model: str) -> None:
        if known:
            await self.store.append(question, model=model)
            return
        now = question.created_at
        title = title_from(command.text)
        owner = command.actor.user_id
        await self.store.start(
            Conversation(question.conversation_id, owner, title, model, command.system, now, now), question
        )


def _summaries_of(user: UserId) -> tuple[str, UserId]:
    return "summaries", user
