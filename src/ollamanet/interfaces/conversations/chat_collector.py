"""A chat without streaming: the same events, gathered into one answer."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

from ollamanet.application.conversations.chat_events import Accepted, Answered, ChatEvent
from ollamanet.domain.kernel.chat import ToolCall
from ollamanet.domain.kernel.reply import Text, Thinking, ToolCalled
from ollamanet.interfaces.conversations.chat_events import ChatEventEncoder
from ollamanet.interfaces.conversations.presenters import timings_view, tool_call_views, usage_view
from ollamanet.interfaces.conversations.schemas import ChatView
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.sse import Events, Headers
from ollamanet.interfaces.kernel.watched import CLIENT_GONE, while_connected


class Gathered:
    """What was said in one chat so far."""

    __slots__ = ("_accepted", "_answered", "_calls", "_text", "_thinking")

    def __init__(self) -> None:
        """Nothing yet."""
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._calls: list[ToolCall] = []
        self._accepted: Accepted | None = None
        self._answered: Answered | None = None

    def take(self, batch: Sequence[ChatEvent]) -> None:
        """Take in a batch, oldest event first."""
        for event in batch:
            match event:
                case Text():
                    self._text.append(event.text)
                case Thinking():
                    self._thinking.append(event.text)
                case ToolCalled():
                    self._calls.append(event.call)
                case Accepted():
                    self._accepted = event
                case Answered():
                    self._answered = event
                case _:
                    continue

    def body(self) -> bytes:
        """The whole answer as JSON.

        Raises:
            RuntimeError: it is not there yet.
        """
        accepted, answered = self._accepted, self._answered
        if accepted is None or answered is None:
            message = "the reply ended without an answer"
            raise RuntimeError(message)
        return msgspec.json.encode(self._view(accepted, answered))

    def _view(self, accepted: Accepted, answered: Answered) -> ChatView:
        return ChatView(
            request_id=accepted.request_id,
            conversation_id=accepted.conversation_id,
            user_message_id=accepted.user_message_id,
            assistant_message_id=answered.assistant_message_id,
            model=accepted.model,
            text="".join(self._text),
            thinking="".join(self._thinking),
            tool_calls=tool_call_views(tuple(self._calls)),
            done_reason=answered.outcome.reason,
            partial=answered.outcome.partial,
            usage=usage_view(answered.outcome.usage),
            timings=timings_view(answered.outcome.timings),
            trimmed_turns=answered.trimmed_turns,
            summarized_turns=answered.summarized_turns,
            prompt_truncated=answered.prompt_truncated,
        )


class WholeAnswer:
    """An ASGI application that answers once the reply is complete, and gives up when its client has gone."""

    def __init__(self, source: Callable[[], Awaitable[Events[ChatEvent]]]) -> None:
        """Gather what `source` opens."""
        self._source = source
        self._gathered = Gathered()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the answer, then send it."""
        info = info_of(scope)
        if not await while_connected(receive, self._gather(send, info.facts)):
            info.code = CLIENT_GONE

    async def _gather(self, send: Send, facts: dict[str, Any]) -> None:
        learnt = ChatEventEncoder(facts)
        async with aclosing(await self._source()) as events:
            async for batch in events:
                learnt.encode(batch)
                self._gathered.take(batch)
        await send_whole(send, self._gathered.body(), learnt.headers())


async def send_whole(send: Send, body: bytes, headers: Headers) -> None:
    """Send a JSON body with status 200."""
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body, "more_body": False})
