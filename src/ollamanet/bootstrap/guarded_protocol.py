"""uvicorn's HTTP protocol, for clients that mean no good: bounds on what they send, how slowly, and how they read."""

import asyncio
import re
from typing import Any, ClassVar, Final

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UPGRADE: Final = re.compile(rb"\r\nupgrade(?=[ \t]*:)", re.IGNORECASE)
_END_OF_HEAD: Final = b"\r\n\r\n"


class GuardedProtocol(HttpToolsProtocol):
    """One connection of a client.

    uvicorn alone waits for ever, for a head of any length, for a body, and for a client that stops reading: one who
    never reads his answer would keep its slot, its task and its connection to the replica.

    Attributes:
        head_bytes: of a request line with its headers, or of a body's framing without content.
        head_seconds: from the connection, or from the first byte of a request on an old one, to the end of its head.
        body_seconds: from there to the end of the body.
        stall_seconds: in all, for which a client may keep one answer waiting while more is there for him than the
            buffers hold; once the answer is whole nothing waits for him any more, and he has that long for each bit.
    """

    head_bytes: ClassVar[int] = 64 * 1024
    head_seconds: ClassVar[float] = 20.0
    body_seconds: ClassVar[float] = 120.0
    stall_seconds: ClassVar[float] = 30.0

    _head = 0
    _reading: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _patience = 0.0
    _paused_at = 0.0
    _left = 0
    _between = True
    _deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there; he has some time for his first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvloop's are not of the class that is asked for
        self._expect(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """He has gone."""
        self._expect(None)
        self._wrote()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what he sent."""
        if self._deaf:
            return
        if self._between:
            data = _without_upgrade(data)
            if self._reading is None:
                self._expect(self.head_seconds)
        self._head += len(data)
        super().data_received(data)
        if self._head > self.head_bytes and not self.transport.is_closing():
            self.send_400_response("The request line and headers are too large.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is there; what follows a body is none."""
        if self._between:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there."""
        if self._deaf:
            return
        if self._head > self.head_bytes and len(self.url) + sum(map(_length, self.headers)) > self.head_bytes:
            raise ValueError("the request line and headers are too large")
        self._between, self._head, self._patience = False, 0, self.stall_seconds
        self._expect(self.body_seconds)
        answered = self.cycle
        super().on_headers_complete()
        if self.pipeline:
            self._ignore_pipelined(answered)

    def on_body(self, body: bytes) -> None:
        """A part of the body is there."""
        self._head = 0
        if not self._deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there, whole; the next one counts anew."""
        if not self._deaf:
            self._between, self._head = True, 0
            self._expect(None)
            super().on_message_complete()

    def pause_writing(self) -> None:
        """He does not read as fast as we write."""
        super().pause_writing()
        self._wrote()
        self._paused_at, self._left = self.loop.time(), self.transport.get_write_buffer_size()
        self._writing = self.loop.call_later(self._patience, self._stalled)

    def resume_writing(self) -> None:
        """He reads again."""
        super().resume_writing()
        self._patience = max(0.0, self._patience - (self.loop.time() - self._paused_at))
        self._wrote()

    def timeout_keep_alive_handler(self) -> None:
        """He has had nothing to ask for long; not even what waits for him is kept."""
        self.transport.abort()

    def _expect(self, seconds: float | None) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)

    def _wrote(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _stalled(self) -> None:
        left = self.transport.get_write_buffer_size()
        if self.cycle.response_complete and left < self._left:
            self._left = left
            self._writing = self.loop.call_later(self.stall_seconds, self._stalled)
            return
        address = self.client[0] if self.client else None
        structlog.get_logger().info("a client did not read its answer", address=address, count=left)
        self.transport.abort()

    def _ignore_pipelined(self, answered: Any) -> None:
        """Answer the first only and close then, as a server may: uvicorn would not tell it when its client leaves."""
        self.pipeline.clear()
        self.cycle = answered
        answered.keep_alive = False
        self._deaf = True
        self._expect(None)
        self.flow.resume_reading()


def _without_upgrade(data: bytes) -> bytes:
    """Make the parser overlook an offer of another protocol: we take none, and it would drop the body for it."""
    end = data.find(_END_OF_HEAD)
    head = data if end < 0 else data[:end]
    if b"pgrade" not in head:
        return data
    return _UPGRADE.sub(b"\r\nx-offers", head) + data[len(head) :]


def _length(header: tuple[bytes, bytes]) -> int:
    return len(header[0]) + len(header[1]) + len(": \r\n")
