"""Server-sent events: one ASGI message for all that one read from the replica brought."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Final, Generic, Protocol, TypeVar

from litestar.types import Receive, Scope, Send

from ollamanet.domain.kernel.errors import Refusal, ShuttingDown
from ollamanet.interfaces.kernel.request_info import info_of
from ollamanet.interfaces.kernel.watched import CLIENT_GONE, while_connected

Event = TypeVar("Event", contravariant=True)  # noqa: PLC0105 - its name is for readers
Shown = TypeVar("Shown", covariant=True)  # noqa: PLC0105 - as above
Headers = list[tuple[bytes, bytes]]

KEEP_ALIVE: Final = b": keep-alive\n\n"
_STOPPING: Final = ShuttingDown("the service is stopping", retry_after=5.0)
_HEADERS: Final[Headers] = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


class Events(Protocol[Shown]):
    """Batches of events, oldest first; closed by whoever asked for them."""

    def __aiter__(self) -> AsyncIterator[Sequence[Shown]]:
        """Start, or go on."""
        ...

    async def aclose(self) -> None:
        """Stop."""
        ...


class EventEncoder(Protocol[Event]):
    """Turns the events of one response into bytes."""

    def encode(self, batch: Sequence[Event], /) -> bytes:
        """All events of a batch; empty if none of them is shown."""
        ...

    def begins(self, batch: Sequence[Event], /) -> bool:
        """Whether this batch is worth committing to status 200 for; those before it are held back until then."""
        ...

    def failure(self, error: BaseException, /) -> bytes:
        """The last event of a response that failed after it began."""
        ...

    def headers(self) -> Headers:
        """What was learnt so far, for the head of the response."""
        ...


class SseResponse(Generic[Event]):
    """An ASGI application that streams events while its client is there.

    Nothing is sent before the first event that matters, so that a failure until then has its real status; after
    `hold` seconds what is there is sent all the same. A comment is sent after every `keep_alive` seconds of silence.
    """

    hold: float = 2.0
    keep_alive: float = 10.0

    __slots__ = (
        "_begun",
        "_encoder",
        "_held",
        "_info",
        "_loop",
        "_over",
        "_overdue",
        "_send",
        "_sending",
        "_sent",
        "_side",
        "_source",
        "_timer",
    )

    def __init__(self, source: Callable[[], Awaitable[Events[Event]]], encoder: EventEncoder[Event]) -> None:
        """Stream what `source` opens."""
        self._source = source
        self._encoder = encoder
        self._held: list[bytes] = []
        self._begun = False
        self._over = False
        self._overdue = False
        self._sending = False
        self._side: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream to the end, or until the client has gone; one that is cut by the end of the process says so."""
        self._info = info_of(scope)
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._sent = self._loop.time()
        self._timer = self._loop.call_later(self.hold, self._tick)
        try:
            if not await while_connected(receive, self._pump()):
                self._info.code = CLIENT_GONE
        except asyncio.CancelledError:
            self._hush()
            if self._begun and not self._over:
                await self._write(self._encoder.failure(_STOPPING))
                await self._end()
            raise
        finally:
            self._hush()

    def _hush(self) -> None:
        self._timer.cancel()
        if self._side is not None:
            self._side.cancel()

    async def _pump(self) -> None:
        encoder = self._encoder
        try:
            async with aclosing(await self._source()) as events:
                async for batch in events:
                    data = encoder.encode(batch)
                    if not (self._begun or self._overdue or encoder.begins(batch)):
                        self._held.append(data)
                        continue
                    self._sending = True
                    if self._side is not None:
                        await self._side_done()
                    if self._begun and data:  # as `_write` does, without its frame: this is each token's way
                        await self._send({"type": "http.response.body", "body": data, "more_body": True})
                        self._sent = self._loop.time()
                    else:
                        await self._write(data)
                    self._sending = False
        except Exception as error:  # noqa: BLE001 - it is told to the client and to the log
            await self._quiet()
            await self._write(self._failure(error))
        else:
            await self._quiet()
            await self._write(b"")
        await self._end()

    async def _end(self) -> None:
        self._over = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _failure(self, error: Exception) -> bytes:
        if not self._begun:
            raise error
        if isinstance(error, Refusal):
            self._info.code = error.code
            self._info.facts["detail"] = error.detail
        else:
            self._info.error = error
        return self._encoder.failure(error)

    async def _write(self, data: bytes) -> None:
        if not self._begun:
            headers = [*_HEADERS, *self._encoder.headers()]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
            self._begun = True
            self._send = self._info.raw_send or self._send
            data = b"".join((*self._held, data))
        if data:
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
            self._sent = self._loop.time()

    def _tick(self) -> None:
        """Say what is overdue, unless something is being said already: then the client is slow, not in the dark."""
        self._overdue = True
        silent = self._loop.time() - self._sent
        if not self._sending and (self._side is None or self._side.done()):
            if not self._begun and self._held:
                self._side = self._loop.create_task(self._write(b""))
            elif self._begun and silent >= self.keep_alive:
                self._side = self._loop.create_task(self._write(KEEP_ALIVE))
                silent = 0.0
        later = self.keep_alive - silent if self._begun else self.keep_alive
        self._timer = self._loop.call_later(max(0.1, later), self._tick)

    async def _side_done(self) -> None:
        side, self._side = self._side, None
        if side is not None:
            await side

    async def _quiet(self) -> None:
        """From here on only the pump speaks."""
        self._timer.cancel()
        await self._side_done()
