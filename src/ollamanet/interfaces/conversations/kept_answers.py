"""A chat that is kept, as each of its listeners gets it: the same bytes for all, as a stream or whole."""

from collections.abc import Sequence
from typing import Any

from litestar.types import Receive, Scope, Send

from ollamanet.application.conversations.chat_events import ChatEvent
from ollamanet.application.conversations.live_chats import LiveChats
from ollamanet.application.conversations.live_kept import KeptChat
from ollamanet.application.conversations.live_log import Piece
from ollamanet.interfaces.conversations.chat_collector import Gathered, send_whole
from ollamanet.interfaces.conversations.chat_events import ChatEventEncoder
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.sse import Events, Headers, SseResponse
from ollamanet.interfaces.kernel.watched import CLIENT_GONE, while_connected


class ChatTranscript:
    """Encodes each event once, and gathers the whole answer beside.

    Attributes:
        facts: what may be logged of the chat.
    """

    __slots__ = ("_body", "_encoder", "_gathered", "facts")

    def __init__(self) -> None:
        """Before the first event."""
        self.facts: dict[str, Any] = {}
        self._encoder = ChatEventEncoder(self.facts)
        self._gathered = Gathered()
        self._body = b""

    @property
    def number(self) -> int:
        """Of the last event, 0 before the first."""
        return self._encoder.number

    def encode(self, batch: Sequence[ChatEvent]) -> bytes:
        """All of a batch, as one piece of bytes."""
        self._gathered.take(batch)
        return self._encoder.encode(batch)

    def begins(self, batch: Sequence[ChatEvent]) -> bool:
        """As `ChatEventEncoder.begins`."""
        return self._encoder.begins(batch)

    def failure(self, error: BaseException, number: int) -> bytes:
        """The `error` event under a number; the same for everybody who hears it under that."""
        return self._encoder.failure_as(error, number)

    def headers(self) -> Headers:
        """What is known by now."""
        return self._encoder.headers()

    def body(self) -> bytes:
        """The whole answer as JSON, made once; there when the chat has ended well."""
        self._body = self._body or self._gathered.body()
        return self._body


ResumableChats = LiveChats[ChatTranscript]
ResumableChat = KeptChat[ChatTranscript]


class _Listener:
    """Passes the pieces of a transcript on to one client."""

    __slots__ = ("_facts", "_heard", "_transcript")

    def __init__(self, transcript: ChatTranscript, facts: dict[str, Any], heard: int) -> None:
        self._transcript = transcript
        self._facts = facts
        self._heard = heard

    def encode(self, pieces: Sequence[Piece]) -> bytes:
        self._heard = pieces[-1].last
        self._facts.update(self._transcript.facts)
        return b"".join([piece.data for piece in pieces])

    def begins(self, pieces: Sequence[Piece]) -> bool:
        return any(piece.begins for piece in pieces)

    def failure(self, error: BaseException) -> bytes:
        return self._transcript.failure(error, self._heard + 1)

    def headers(self) -> Headers:
        return self._transcript.headers()


def kept_stream(
    chat: ResumableChat, facts: dict[str, Any], *, after: int = 0, at_once: bool = False
) -> SseResponse[Piece]:
    """The events of a chat that follow number `after`; see `KeptChat.events`."""

    async def source() -> Events[Piece]:
        return chat.events(after, at_once=at_once)

    return SseResponse(source, _Listener(chat.transcript, facts, after))


class KeptAnswer:
    """An ASGI application that answers once the chat is over."""

    def __init__(self, chat: ResumableChat) -> None:
        """Answer with what `chat` comes to."""
        self._chat = chat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the answer, then send it."""
        info = info_of(scope)
        if not await while_connected(receive, self._answer(send, info.facts)):
            info.code = CLIENT_GONE

    async def _answer(self, send: Send, facts: dict[str, Any]) -> None:
        transcript = self._chat.transcript
        try:
            await self._chat.end()
        finally:
            facts.update(transcript.facts)
        await send_whole(send, transcript.body(), transcript.headers())
