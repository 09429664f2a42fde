"""Send a message to a model and hear its answer; both are stored."""

from dataclasses import dataclass, field

from ollamanet.application.conversations.answer_recorder import AnswerRecorder, Exchange, LiveAnswer
from ollamanet.application.conversations.ports import ConversationStore, Replies
from ollamanet.application.kernel.actor import Actor
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.domain.conversations.conversation import Conversation, Message, title_from
from ollamanet.domain.conversations.prompt import Prompt, build_prompt
from ollamanet.domain.kernel.chat import Priority, ReplyRequest, Role, Sampling
from ollamanet.domain.kernel.ids import ConversationId, MessageId, RequestId
from ollamanet.domain.kernel.model_name import ModelName
from ollamanet.domain.kernel.model_terms import ModelTerms, Overflow
from ollamanet.domain.kernel.token_estimate import estimate_sampling


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
        history_limit: messages of a conversation that are read back at most, > 0.
    """

    store: ConversationStore
    replies: Replies
    recorder: AnswerRecorder
    clock: Clock
    ids: Ids
    history_limit: int = 200

    async def __call__(self, command: SendMessage) -> LiveAnswer:
        """Admit the request, then store the question: a request that is refused leaves nothing behind.

        Returns:
            The answer on its way; the caller iterates it to its end, or closes it. It is stored when it ends, however
            it ends.

        Raises:
            Refusal: nothing was stored.
        """
        started = self.clock.monotonic()
        known = await self._known(command)
        question = self._question(command, known)
        wanted = command.model or (ModelName.parse(known.model) if known else None)
        terms = await self.replies.resolve(wanted)
        prompt = await self._prompt(command, known, question, terms)
        reply = self.replies.admit(self._request(command, prompt, terms.name, question.conversation_id))
        model = str(terms.name)
        try:
            await self._store(command, known, question, model)
        except BaseException:
            reply.release()
            raise
        exchange = Exchange(command.request_id, question.conversation_id, question.id, model, prompt, started)
        return self.recorder.record(exchange, reply)

    async def _known(self, command: SendMessage) -> Conversation | None:
        if command.conversation_id is None:
            return None
        return await self.store.get(command.conversation_id, owner=command.actor.user_id)

    def _question(self, command: SendMessage, known: Conversation | None) -> Message:
        conversation_id = known.id if known else ConversationId(self.ids.new())
        message_id = MessageId(self.ids.new())
        return Message(message_id, conversation_id, Role.USER, command.text, self.clock.now(), command.images)

    async def _prompt(
        self, command: SendMessage, known: Conversation | None, question: Message, terms: ModelTerms
    ) -> Prompt:
        history = await self.store.recent(known.id, limit=self.history_limit) if known else ()
        system = command.system or (known.system if known else None)
        turns = [message.as_turn() for message in (*history, question)]
        overflow = command.overflow or terms.overflow
        extra = terms.overhead + estimate_sampling(command.sampling)
        return build_prompt(
            system, turns, budget=terms.prompt_tokens, overflow=overflow, count=terms.count, extra=extra
        )

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
