"""One request and its answer over ASGI, and the ways to leave a client without one."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Final

from ollamanet.infrastructure.simulator.faults import Fault
from ollamanet.infrastructure.simulator.fields import Fields
from ollamanet.infrastructure.simulator.go_json import decode_object, encode
from ollamanet.infrastructure.simulator.wire_errors import WireError

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

EXTENSION: Final = "ollamanet.simulator"
JSON: Final = b"application/json; charset=utf-8"
BARE_JSON: Final = b"application/json"
NDJSON: Final = b"application/x-ndjson"
_NO_LINGER: Final = struct.pack("ii", 1, 0)
# A reset throws away what the client has not read yet; this pause lets it read what was meant for it.
_READING_TIME: Final = 0.03


class Exchange:
    """A request whose body is read. `errors_as` is the content type that a refusal gets before the first byte."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        """Args: scope, receive, send: ASGI's. body: the whole request body."""
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.body = body
        self.errors_as = JSON
        self.fault: Fault | None = None
        self.started = False
        self.finished = False
        self.gone = False
        self.cut_by_us = False
        self._scope = scope
        self._receive = receive
        self._send = send
        self._values: dict[str, object] | None = None

    def header(self, name: bytes) -> str:
        """A request header by its lower-case name, empty where absent."""
        return next((value.decode("latin-1") for key, value in self._scope["headers"] if key == name), "")

    def fields(self, go_type: str) -> Fields:
        """The body as a JSON object.

        Raises:
            WireError: 400 where it is not one.
        """
        if self._values is None:
            self._values = decode_object(self.body, go_type)
        return Fields(self._values, go_type)

    async def json(self, payload: object, status: int = 200, *, content_type: bytes = JSON) -> None:
        """Answer with one JSON body, without a newline at its end."""
        await self.respond(status, encode(payload), content_type)

    async def refuse(self, error: WireError) -> None:
        """Answer with an error: as JSON, or as one more line where the stream is already under way."""
        body = {"error": error.text, **error.extra}
        if self.started:
            await self.end(encode(body) + b"\n")
        else:
            await self.json(body, error.status, content_type=self.errors_as)

    async def respond(
        self, status: int, body: bytes = b"", content_type: bytes = b"", *extra: tuple[bytes, bytes]
    ) -> None:
        """Answer with a body of known length."""
        headers = [(b"content-type", content_type)] if content_type else []
        headers += [*extra, (b"content-length", b"%d" % len(body))]
        await self._start(status, headers)
        self.finished = True
        await self._send({"type": "http.response.body", "body": body})

    async def write(self, chunk: bytes) -> None:
        """Send lines of a stream; the first call sends the status and the headers too."""
        if not self.started:
            await self._start(200, [(b"content-type", NDJSON)])
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self, last: bytes = b"") -> None:
        """Send the last lines of a stream and end it."""
        if not self.started:
            await self._start(200, [(b"content-type", NDJSON)])
        self.finished = True
        await self._send({"type": "http.response.body", "body": last})

    async def respond_partly(self, body: bytes) -> None:
        """Announce a whole JSON body and send half of it; `cut` is to follow."""
        await self._start(200, [(b"content-type", JSON), (b"content-length", b"%d" % len(body))])
        await self._send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})

    async def cut(self, *, reset: bool = False, after: bytes = b"") -> None:
        """End the connection under the client's feet; it does not return.

        Args:
            reset: with a TCP reset instead of an orderly end.
            after: raw bytes to send first.
        """
        transport = self._transport()
        self.cut_by_us = True
        if after:
            transport.write(after)
        if reset:
            if self.started:
                await asyncio.sleep(_READING_TIME)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            transport.abort()
        else:
            transport.close()
        await asyncio.Event().wait()

    async def watched(self, work: Coroutine[None, None, None]) -> None:
        """Do the work, but only as long as the client is there."""
        task = asyncio.ensure_future(work)
        watcher = asyncio.ensure_future(self._cancel_when_gone(task))
        try:
            await task
        except asyncio.CancelledError:
            if not self.gone:
                raise
        finally:
            watcher.cancel()

    async def _cancel_when_gone(self, task: asyncio.Future[None]) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self.finished:
            self.gone = True
            task.cancel()

    async def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    def _transport(self) -> asyncio.Transport:
        transport: asyncio.Transport | None = self._scope.get("extensions", {}).get(EXTENSION, {}).get("transport")
        if transport is None:
            raise RuntimeError("only the simulator's own server can cut a connection")
        return transport
