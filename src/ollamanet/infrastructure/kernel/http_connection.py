"""One socket to a server: sends a request, feeds the answer to its reader, keeps the time."""

import asyncio
import math
from collections.abc import Callable
from typing import Final, cast

import httpx

from ollamanet.infrastructure.kernel.http_bounds import Bounds, DeadlineOver
from ollamanet.infrastructure.kernel.http_reader import ResponseReader

MOST_UNREAD: Final = 64 * 1024
"""Bytes of content above which the socket is not read on until the consumer took them."""

_PIECE: Final = 256 * 1024
_CLOCK_STEP: Final = 0.001


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time.

    Time limits cost nothing per read but a time stamp: one timer, kept over many exchanges, wakes at the earliest
    moment at which a limit could be over and looks.

    Args:
        loop: the running event loop.
        on_idle: called when an exchange is over and another may follow.
        on_lost: called once, when the socket is closed.
        idle_seconds: how long it may lie idle (> 0).
    """

    __slots__ = (
        "__weakref__",
        "_active_at",
        "_bounds",
        "_congested",
        "_deadline",
        "_idle_seconds",
        "_loop",
        "_lost",
        "_on_idle",
        "_on_lost",
        "_paused",
        "_reader",
        "_sent",
        "_timer",
        "_timer_at",
        "_transport",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_idle: Callable[["Connection"], None],
        on_lost: Callable[["Connection"], None],
        idle_seconds: float,
    ) -> None:
        self._loop = loop
        self._on_idle = on_idle
        self._on_lost = on_lost
        self._idle_seconds = idle_seconds
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._bounds = Bounds()
        self._deadline = math.inf
        self._active_at = loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self._sent = True
        self._congested = False
        self._paused = False
        self._lost = False

    @property
    def connected(self) -> bool:
        """There is a socket."""
        return self._transport is not None and not self._lost

    @property
    def usable(self) -> bool:
        """As far as is known, the server still listens."""
        return self._transport is not None and not self._lost and not self._transport.is_closing()

    async def exchange(self, reader: ResponseReader, head: bytes, body: bytes, bounds: Bounds) -> None:
        """Send a request and wait for the head of its answer, which goes to `reader`; the connection must be idle.

        An answer that comes while the body is still being sent ends the sending.

        Raises:
            httpx.TransportError: it failed; `reader.received` tells whether an answer had begun.
        """
        if not self.usable or self._transport is None:
            raise httpx.ReadError("the connection is closed")
        self._reader, self._bounds, self._deadline = reader, bounds, bounds.deadline
        self._sent, self._active_at = False, self._loop.time()
        self._watch()
        try:
            if len(body) <= _PIECE:
                self._transport.write(head + body)
                self._sent = True
            else:
                await self._upload(self._transport, reader, head, body)
            self._watch()
            await reader.head()
            self._watch()
        except BaseException:
            if self._reader is reader:  # else it serves another exchange already
                self.abort()
            raise

    async def _upload(self, transport: asyncio.Transport, reader: ResponseReader, head: bytes, body: bytes) -> None:
        transport.write(head)
        pieces = memoryview(body)
        for start in range(0, len(body), _PIECE):
            transport.write(pieces[start : start + _PIECE])
            self._active_at = self._loop.time()
            while self._congested and not reader.started and reader.error is None:
                await reader.wait()
            if reader.started or reader.error is not None:
                return
        self._sent = True

    # What the reader asks for.

    def resume(self) -> None:
        """Read on after a pause."""
        if self._paused and self._transport is not None:
            self._paused = False
            self._active_at = self._loop.time()
            self._transport.resume_reading()

    def abort(self) -> None:
        """Close the socket now, dropping what was not sent; idempotent."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.fail(httpx.ReadError("the connection was closed on this side"))
        self._cancel_timer()
        if self._transport is not None:
            self._transport.abort()

    def expect_end(self, seconds: float) -> None:
        """Give the rest of the answer `seconds` (> 0)."""
        self._deadline = min(self._deadline, self._loop.time() + seconds)
        self._watch()

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not of its class

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None:
            self.abort()  # an idle connection has nothing to say
            return
        self._active_at = self._loop.time()
        reader.feed(data)
        if reader.done:
            self._finish(reader)
        elif reader.error is not None:
            self.abort()
        elif reader.unread > MOST_UNREAD and not self._paused and self._transport is not None:
            # At once: the loop may hand over several large reads before the consumer runs.
            self._paused = True
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self._cancel_timer()
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.eof(exc)
        self._on_lost(self)

    def pause_writing(self) -> None:
        self._congested = True

    def resume_writing(self) -> None:
        self._congested = False
        if self._reader is not None:
            self._reader.wake()

    def _finish(self, reader: ResponseReader) -> None:
        self._reader = None
        self.resume()
        flushed = self._sent and self._transport is not None and self._transport.get_write_buffer_size() == 0
        if reader.keep_alive and flushed and self.usable:
            self._on_idle(self)
            self._watch()
        else:
            self.abort()

    # The time.

    def _due(self) -> float:
        reader = self._reader
        if reader is None:
            return self._active_at + self._idle_seconds
        before = self._bounds.first_byte if self._sent else self._bounds.write
        pause = self._bounds.read if reader.started else before
        return min(self._deadline, self._active_at + pause)

    def _watch(self) -> None:
        due = self._due()
        if due < self._timer_at:
            self._cancel_timer()
            self._timer_at = due
            self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer, self._timer_at = None, math.inf
        now = self._loop.time()
        if self._paused:
            self._active_at = now  # it is the consumer who is slow, not the server
        due = self._due()
        if due > now + _CLOCK_STEP:
            self._watch()
            return
        if self._reader is not None:
            self._reader.fail(self._overdue(self._reader, now))
        self.abort()

    def _overdue(self, reader: ResponseReader, now: float) -> httpx.TimeoutException:
        if self._deadline <= now + _CLOCK_STEP:
            return DeadlineOver("the time for the whole answer is over")
        if not self._sent and not reader.started:
            return httpx.WriteTimeout("the server stopped reading the request")
        return httpx.ReadTimeout("the server fell silent")

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_at = None, math.inf
