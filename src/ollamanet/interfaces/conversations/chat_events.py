"""The events of a chat as server-sent events; per token one format, nothing more."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ollamanet.application.conversations.chat_events import Accepted, Answered, ChatEvent
from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.reply import Finished, Queued, Started, Text, Thinking, ToolCalled
from ollamanet.interfaces.conversations.presenters import accepted_fields, answered_fields
from ollamanet.interfaces.kernel.sse import Headers

_json: Final = msgspec.json.Encoder().encode
_LIFECYCLE: Final = (Accepted, Started)


class ChatEventEncoder:
    """Encodes one response; counts its events, and learns what its headers say."""

    __slots__ = ("_accepted", "_facts", "_heard", "_number", "_started")

    def __init__(self, facts: dict[str, Any] | None = None) -> None:
        """Before the first event; what may be logged of them goes into `facts`."""
        self._facts = {} if facts is None else facts
        self._number = 0
        self._heard = False
        self._accepted: Accepted | None = None
        self._started: Started | None = None

    def begins(self, batch: Sequence[ChatEvent]) -> bool:
        """A place in the queue and a piece of the answer matter; that it was accepted and started can wait for them."""
        return not isinstance(batch[-1], _LIFECYCLE)

    def encode(self, batch: Sequence[ChatEvent]) -> bytes:
        """All of a batch, as one piece of bytes."""
        parts = []
        number = self._number
        for event in batch:
            if type(event) is Text:
                number += 1
                parts.append(b'id: %d\nevent: token\ndata: {"text":%b}\n\n' % (number, _json(event.text)))
                self._heard = True
            elif (named := self._named(event)) is not None:
                number += 1
                parts.append(b"id: %d\nevent: %b\ndata: %b\n\n" % (number, named[0], _json(named[1])))
        self._number = number
        return b"".join(parts)

    @property
    def number(self) -> int:
        """Of the last event, 0 before the first."""
        return self._number

    def failure(self, error: BaseException) -> bytes:
        """The `error` event; a defect of ours is told without its details."""
        self._number += 1
        return self.failure_as(error, self._number)

    def failure_as(self, error: BaseException, number: int) -> bytes:
        """The same under a given number; nothing is counted."""
        data: dict[str, Any] = {"code": "internal_error", "message": "something went wrong on our side"}
        if isinstance(error, Refusal):
            data = {"code": error.code, "message": error.detail}
            if error.retry_after is not None:
                data["retry_after"] = error.retry_after
        data["partial"] = self._heard
        return b"id: %d\nevent: error\ndata: %b\n\n" % (number, _json(data))

    def headers(self) -> Headers:
        """What is known by now: prompt, replica, wait."""
        headers: Headers = []
        if self._accepted is not None:
            headers.append((b"x-ollamanet-prompt-tokens", b"%d" % self._accepted.prompt_tokens))
            headers.append((b"x-ollamanet-trimmed", b"%d" % self._accepted.trimmed_turns))
        if self._started is not None:
            queued = self._started.queued * 1000
            headers.append((b"x-ollamanet-replica", self._started.replica.encode("ascii", "replace")))
            headers.append((b"x-ollamanet-queue-wait-ms", b"%d" % queued))
            headers.append((b"server-timing", b"queue;dur=%.1f" % queued))
        return headers

    def _named(self, event: ChatEvent) -> tuple[bytes, dict[str, Any]] | None:
        match event:
            case Thinking():
                self._heard = True
                return b"thinking", {"text": event.text}
            case ToolCalled(call):
                self._heard = True
                # On one line, because an event ends at a line's end.
                arguments = msgspec.Raw(msgspec.json.format(call.arguments.encode(), indent=-1))
                return b"tool_call", {"id": call.id, "name": call.name, "arguments": arguments}
            case Finished() | Text():
                return None
            case _:
                return self._milestone(event)

    def _milestone(self, event: Accepted | Queued | Started | Answered) -> tuple[bytes, dict[str, Any]]:
        match event:
            case Accepted():
                self._accepted = event
                self._facts["model"] = event.model
                return b"accepted", accepted_fields(event)
            case Queued():
                wait = None if event.estimated_wait is None else round(event.estimated_wait * 1000)
                return b"queued", {"position": event.position, "estimated_wait_ms": wait}
            case Started():
                self._started = event
                self._facts |= {"replica": event.replica, "queue_ms": round(event.queued * 1000)}
                queued = round(event.queued * 1000, 3)
                return b"started", {"replica": event.replica, "queue_ms": queued, "cold_load": event.cold_load}
            case Answered():
                usage = event.outcome.usage
                self._facts["done_reason"] = event.outcome.reason
                self._facts |= {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens}
                return b"done", answered_fields(event)
