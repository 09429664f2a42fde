"""Keeps what was heard: an answer is stored when it ends, however it ends."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ollamanet.application.conversations.chat_events import Accepted, Answered, ChatEvent
from ollamanet.application.conversations.heard import Heard
from ollamanet.application.conversations.ports import ConversationStore, Reply
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.conversations.conversation import Message, Outcome
from ollamanet.domain.conversations.prompt import Prompt
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import ConversationId, MessageId, RequestId
from ollamanet.domain.kernel.reply import DoneReason, Usage


@dataclass(frozen=True, slots=True)
class Exchange:
    """A stored question whose answer is awaited.

    Attributes:
        model: who answers, with its tag.
        prompt: what is said to it.
        origin: when the request came, in monotonic seconds.
    """

    request_id: RequestId
    conversation_id: ConversationId
    question_id: MessageId
    model: str
    prompt: Prompt
    origin: float


@dataclass(frozen=True, slots=True)
class AnswerRecorder:
    """Passes a reply on and stores it at its end."""

    store: ConversationStore
    clock: Clock
    ids: Ids

    async def record(self, exchange: Exchange, reply: Reply) -> AsyncGenerator[Sequence[ChatEvent], None]:
        """The events of the reply, between `Accepted` and `Answered`.

        Raises:
            Refusal: the reply failed; what was heard of it is stored by then.
        """
        heard = Heard(self.clock, origin=exchange.origin)
        reason, error = DoneReason.CANCELLED, None
        answered = False
        try:
            yield (_accepted(exchange),)
            async with aclosing(reply.events()) as events:
                async for batch in events:
                    heard.add(batch)
                    yield batch
            if heard.finished is not None:
                answered = True
                yield (await uncancelled(self._store(exchange, heard, heard.finished.reason, None)),)
        except Refusal as refusal:
            reason, error = DoneReason.ERROR, refusal.code
            raise
        finally:
            reply.release()
            if not answered and (heard.finished or heard.anything):
                await uncancelled(self._store(exchange, heard, reason, error))

    async def _store(self, exchange: Exchange, heard: Heard, reason: DoneReason, error: str | None) -> Answered:
        outcome = Outcome(
            model=exchange.model,
            reason=reason,
            partial=reason not in (DoneReason.STOP, DoneReason.LENGTH),
            usage=heard.finished.usage if heard.finished else Usage(),
            timings=heard.timings(),
            error=error,
        )
        message = Message(
            MessageId(self.ids.new()),
            exchange.conversation_id,
            Role.ASSISTANT,
            heard.text,
            self.clock.now(),
            thinking=heard.thinking,
            tool_calls=heard.tool_calls,
            outcome=outcome,
        )
        await self.store.append(message, model=exchange.model)
        return Answered(message.id, outcome, exchange.prompt.trimmed)


def _accepted(exchange: Exchange) -> Accepted:
    return Accepted(
        exchange.request_id,
        exchange.conversation_id,
        exchange.question_id,
        exchange.model,
        exchange.prompt.tokens,
        exchange.prompt.trimmed,
    )
