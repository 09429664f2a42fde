"""The answer of one HTTP/1.1 exchange: parsed as it arrives, read in one go."""

import asyncio
from typing import Final, Protocol, Self

import httptools
import httpx

MOST_FRAMING: Final = 64 * 1024
"""Bytes of head, chunk framing or trailers that may arrive without a byte of content among them."""


class Source(Protocol):
    """The connection, as the reader of its current answer sees it."""

    def resume(self) -> None:
        """Go on reading if it was paused because too much lay unread."""
        ...

    def abort(self) -> None:
        """Close the socket now; the answer is not wanted any more."""
        ...

    def expect_end(self, seconds: float) -> None:
        """Abort unless the answer ends within `seconds` (> 0)."""
        ...


class ResponseReader(httpx.AsyncByteStream):
    """Takes what the socket brings and gives it to one consumer.

    It belongs to a single exchange and has a parser of its own (0.3 us), so nothing of one answer can leak into the
    next. Each step of its iterator returns all content received so far; being a plain object, it costs a fraction of an
    async generator's step. A cancelled wait aborts the connection.

    Attributes:
        status: the status code, 0 until `started`.
        headers: as sent, informational responses and trailers left out.
        started: the head is complete.
        done: the last byte of the message has arrived (the consumer may still have content to read).
        keep_alive: the connection can carry another exchange; meaningful once `done`.
        received: whether any byte of an answer came.
        error: why no more will come; raised after the content that came before it.
        unread: bytes of content that nobody has read yet.
    """

    # Of 200 slow streams none finds itself in the cache: what a wake-up touches counts more than what it does.
    # fmt: off
    __slots__ = ("_chunks", "_dropping", "_framing", "_loop", "_parser", "_source", "_waiter", "done", "error",
                 "headers", "keep_alive", "received", "started", "status", "unread")
    # fmt: on

    def __init__(self, source: Source, loop: asyncio.AbstractEventLoop) -> None:
        self._source = source
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None
        self._framing = 0
        self._dropping = False
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.started = False
        self.done = False
        self.keep_alive = False
        self.received = False
        self.error: httpx.TransportError | None = None
        self.unread = 0

    # What the connection tells.

    def feed(self, data: bytes) -> None:
        """Parse what one read brought; a malformed answer becomes `error`, never an exception here."""
        if self.done or self.error is not None:
            self.keep_alive = False
            return
        self.received = True
        self._framing += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            # Bytes after a complete message spoil the connection, not the message.
            self.keep_alive = False
            self.fail(httpx.RemoteProtocolError(f"malformed HTTP response: {error}"))
        if self._framing > MOST_FRAMING:
            self.fail(httpx.RemoteProtocolError(f"more than {MOST_FRAMING} bytes of HTTP framing without content"))
        self._settle()
        self.wake()

    def eof(self, cause: Exception | None) -> None:
        """No more bytes will come: the end of the message only where the message says so."""
        if cause is None and self.started and self._delimited_by_close():
            self.done = True
            self._settle()
            self.wake()
            return
        if cause is None:
            where = "inside its answer" if self.received else "without an answer"
            self.fail(httpx.ReadError(f"the server closed the connection {where}"))
        else:
            self.fail(httpx.ReadError(f"the connection broke: {cause}"))

    def fail(self, error: httpx.TransportError) -> None:
        """End the answer here, unless it is complete already; the first failure counts."""
        if not self.done and self.error is None:
            self.error = error
            self._settle()
            self.wake()

    def wake(self) -> None:
        """Let the consumer look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the consumer asks.

    async def wait(self) -> None:
        """Sleep until something changed; a cancelled wait closes the connection."""
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._waiter = None

    async def head(self) -> None:
        """Wait for the head.

        Raises:
            httpx.TransportError: it will not come.
        """
        while not self.started:
            if self.error is not None:
                raise self.error
            await self.wait()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """All content received so far, at least one byte.

        Raises:
            httpx.TransportError: the connection failed; what came before was returned first.
        """
        while not self._chunks:
            if self.done:
                raise StopAsyncIteration
            if self.error is not None:
                raise self.error
            await self.wait()
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self.unread = 0
        if not self.done:
            self._source.resume()
        return data

    async def aclose(self) -> None:
        """Abort the connection if the answer is not complete; idempotent."""
        self.close()

    def close(self) -> None:
        """As `aclose`, for callers that cannot wait."""
        self._chunks.clear()
        if not self.done and self.error is None:
            self.fail(httpx.ReadError("the answer was closed before its end"))
            self._source.abort()

    def break_off(self, why: str) -> None:
        """End the answer here as if the connection had broken: what came before is still read, then it fails."""
        if not self.done and self.error is None:
            self.fail(httpx.ReadError(why))
            self._source.abort()

    def let_go(self, seconds: float) -> None:
        """The consumer has all it wants: keep the connection if the message ends within `seconds` (> 0), else abort."""
        if not self.done and self.error is None:
            self._chunks.clear()
            self._dropping = True
            self._source.expect_end(seconds)
            self._source.resume()

    # What the parser finds.

    def on_message_begin(self) -> None:
        if self.done:
            raise ValueError("bytes after the end of the message")

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.started:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self.status = status
            self.started = True
        elif 100 <= status != 101:
            self.headers.clear()
        else:
            raise ValueError(f"status {status} was not asked for")

    def on_body(self, content: bytes) -> None:
        if self._dropping:
            return
        self._framing = 0
        self._chunks.append(content)
        self.unread += len(content)

    def on_message_complete(self) -> None:
        if self.started:
            self.done = True
            self.keep_alive = self._parser.should_keep_alive()

    def _settle(self) -> None:
        # Parser and reader refer to each other; without this every exchange would wait for the garbage collector.
        if (self.done or self.error is not None) and hasattr(self, "_parser"):
            del self._parser

    def _delimited_by_close(self) -> bool:
        for name, value in self.headers:
            match name.lower():
                case b"content-length":
                    return False
                case b"transfer-encoding":
                    return not value.lower().rstrip().endswith(b"chunked")
                case _:
                    continue
        return True


class HeadResponseReader(ResponseReader):
    """The answer to a HEAD request: it ends with its head, whatever that announces."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.started:
            self.done = True
            self.keep_alive = self._parser.should_keep_alive()

    def on_body(self, content: bytes) -> None:
        raise ValueError(f"{len(content)} bytes of content after a head without content")

    def on_message_complete(self) -> None:
        """The end is where the head ends; the parser may think otherwise."""
