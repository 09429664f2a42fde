"""A chat without streaming: the same events, gathered into one answer."""

from collections.abc import Awaitable, Callable
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
from ollamanet.interfaces.kernel.sse import Events
from ollamanet.interfaces.kernel.watched import CLIENT_GONE, while_connected


class WholeAnswer:
    """An ASGI application that answers once the reply is complete, and gives up when its client has gone."""

    def __init__(self, source: Callable[[], Awaitable[Events[ChatEvent]]]) -> None:
        """Gather what `source` opens."""
        self._source = source
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._calls: list[ToolCall] = []
        self._accepted: Accepted | None = None
        self._answered: Answered | None = None

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
                for event in batch:
                    self._take(event)
        if self._accepted is None or self._answered is None:
            message = "the reply ended without an answer"
            raise RuntimeError(message)
        body = msgspec.json.encode(self._view(self._accepted, self._answered))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *learnt.headers(),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _take(self, event: ChatEvent) -> None:
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
                return

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
            prompt_truncated=answered.prompt_truncated,
        )
