"""Keeps what was heard: an answer is stored when it ends, however it ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import AsyncGeneratorType
from typing import cast

from ollamanet.application.conversations.chat_events import Accepted, Answered, ChatEvent
from ollamanet.application.conversations.heard import Heard
from ollamanet.application.conversations.live_stop import AnswerStop
from ollamanet.application.conversations.ports import ConversationStore, Reply
from ollamanet.application.kernel.clock import Clock, Ids
from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.conversations.conversation import Message, Outcome
from ollamanet.domain.conversations.prompt import Prompt
from ollamanet.domain.kernel.chat import Role
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.ids import ConversationId, MessageId, RequestId
from ollamanet.domain.kernel.reply import DoneReason


@dataclass(frozen=True, slots=True)
class Exchange:
    """A stored question whose answer is awaited.

    Attributes:
        model: who answers, with its tag.
        prompt: what is said to it.
        origin: when the request came, in monotonic seconds.
        afterwards: called once the reply has ended, if the model said anything; must not wait.
    """

    request_id: RequestId
    conversation_id: ConversationId
    question_id: MessageId
    model: str
    prompt: Prompt
    origin: float
    afterwards: Callable[[], object] | None = None


class LiveAnswer:
    """An answer that is being made; whoever has it iterates it to its end, or closes it."""

    __slots__ = ("_events", "_reply", "_stop")

    def __init__(self, events: AsyncGenerator[Sequence[ChatEvent], None], reply: Reply, stop: AnswerStop) -> None:
        """Bring `events`; `reply` is what they hold, and `stop` ends them early."""
        self._events = events
        self._reply = reply
        self._stop = stop

    def __aiter__(self) -> AsyncIterator[Sequence[ChatEvent]]:
        """Batches of one or more events, oldest first.

        Raises:
            Refusal: the reply failed; what was heard of it is stored by then.
        """
        return self._events

    def stop(self) -> None:
        """Have it end now, with an `Answered` that says `cancelled`; idempotent, callable from any task of the loop."""
        events = cast("AsyncGeneratorType[object, None]", self._events)
        self._stop.ask(lambda: events.ag_running)

    async def aclose(self) -> None:
        """Stop the reply, and store what was heard of it; idempotent."""
        self._stop.leave()
        try:
            await self._events.aclose()
        finally:
            # A generator that was never started runs none of its own code when it is closed.
            self._reply.release()


@dataclass(frozen=True, slots=True)
class AnswerRecorder:
    """Passes a reply on and stores it at its end."""

    store: ConversationStore
    clock: Clock
    ids: Ids

    def record(self, exchange: Exchange, reply: Reply) -> LiveAnswer:
        """The events of the reply, between `Accepted` and `Answered`."""
        stop = AnswerStop()
        return LiveAnswer(self._events(exchange, reply, stop), reply, stop)

    async def _events(
        self, exchange: Exchange, reply: Reply, stop: AnswerStop
    ) -> AsyncGenerator[Sequence[ChatEvent], None]:
        heard = Heard(self.clock, origin=exchange.origin)
        reason, error = DoneReason.ERROR, None
        stored = False
        try:
            yield (_accepted(exchange),)
            try:
                async with aclosing(stop.watch(reply.events())) as events:
                    async for batch in events:
                        heard.add(batch)
                        yield batch
            except (asyncio.CancelledError, RuntimeError) as cut:
                if not await stop.explains(cut):
                    raise
            stop.over()
            reply.release()
            reason = DoneReason.CANCELLED if stop.asked else reason
            if heard.finished is None and not stop.asked:
                message = "the reply ended without saying how"
                raise RuntimeError(message)
            stored = True
            answered = await uncancelled(self._store(exchange, heard, reason, error))
            if not stop.left:
                yield (answered,)
        except (asyncio.CancelledError, GeneratorExit):
            reason = DoneReason.CANCELLED
            raise
        except Exception as failure:
            error = failure.code if isinstance(failure, Refusal) else "internal_error"
            raise
        finally:
            stop.over()
            reply.release()
            try:
                if not stored and (heard.finished is not None or heard.anything):
                    await uncancelled(self._store(exchange, heard, reason, error))
            finally:
                if exchange.afterwards is not None and heard.anything:
                    exchange.afterwards()

    async def _store(self, exchange: Exchange, heard: Heard, cut: DoneReason, error: str | None) -> Answered:
        end = heard.finished
        reason = cut if end is None else end.reason
        outcome = Outcome(
            model=exchange.model,
            reason=reason,
            partial=reason not in (DoneReason.STOP, DoneReason.LENGTH),
            usage=heard.usage(),
            timings=heard.timings(),
            error=error if end is None else None,
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
        truncated = end is not None and end.truncated
        return Answered(message.id, outcome, exchange.prompt.trimmed, truncated, exchange.prompt.summarized)


def _accepted(exchange: Exchange) -> Accepted:
    return Accepted(
        exchange.request_id,
        exchange.conversation_id,
        exchange.question_id,
        exchange.model,
        exchange.prompt.tokens,
        exchange.prompt.trimmed,
        exchange.prompt.summarized,
    )
