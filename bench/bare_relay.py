"""The floor of the benchmark: bytes of a POST in, bytes of the answer out, and nothing that a gateway is for.

No ASGI, no sign-in, no JSON, no queue, no limits, no storage: asyncio protocols on uvloop, httptools to find where
messages end, chunk framing, and a pool of kept upstream connections. `python bare_relay.py PORT UPSTREAM_PORT`.
"""

import asyncio
import sys
from typing import cast

import httptools
import uvloop

PAUSE_ABOVE = 64 * 1024
ANSWER_HEAD = b"HTTP/1.1 %d Relayed\r\ncontent-type: %b\r\ntransfer-encoding: chunked\r\n\r\n"
REQUEST = b"POST /api/chat HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


class UpstreamConnection(asyncio.Protocol):
    """One kept connection: collects body bytes until the relay asks for them, and stops reading when they pile up."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.parser = httptools.HttpResponseParser(self)
        self.arrived = asyncio.Event()
        self.pieces: list[bytes] = []
        self.size = self.status = 0
        self.content_type = b""
        self.complete = self.lost = self.paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)
        if self.size > PAUSE_ABOVE and not self.paused:
            self.paused = True
            self.transport.pause_reading()
        self.arrived.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.lost = True
        self.arrived.set()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self.content_type = value

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)
        self.size += len(body)

    def on_message_complete(self) -> None:
        self.complete = True

    def ask(self, body: bytes) -> None:
        self.complete = False
        self.status = 0
        self.transport.write(REQUEST % (len(body), body))

    async def head(self) -> bytes:
        while not self.status:
            await self._more()
        return ANSWER_HEAD % (self.status, self.content_type)

    async def read(self) -> bytes:
        """Everything that came since the last call; empty at the end of the answer."""
        while not self.pieces:
            if self.complete:
                return b""
            await self._more()
        data = b"".join(self.pieces)
        self.pieces.clear()
        self.size = 0
        if self.paused:
            self.paused = False
            self.transport.resume_reading()
        return data

    async def _more(self) -> None:
        if self.lost:
            raise ConnectionResetError("the upstream hung up inside an answer")
        self.arrived.clear()
        await self.arrived.wait()


class Pool:
    """Upstream connections between answers, the last used first."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.idle: list[UpstreamConnection] = []

    async def take(self) -> UpstreamConnection:
        while self.idle:
            kept = self.idle.pop()
            if not kept.lost:
                return kept
        _, fresh = await asyncio.get_running_loop().create_connection(UpstreamConnection, "127.0.0.1", self.port)
        return fresh

    def give_back(self, connection: UpstreamConnection) -> None:
        if connection.complete and not connection.pieces and not connection.lost:
            self.idle.append(connection)  # whole and read to its end: one whose client left may hold a rest
        else:
            connection.transport.abort()


class ClientConnection(asyncio.Protocol):
    """One client: each request of it becomes a task that copies the answer through."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.parser = httptools.HttpRequestParser(self)
        self.body = b""
        self.transport: asyncio.Transport
        self.relaying: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        if self.relaying is not None:
            self.relaying.cancel()

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        body, self.body = self.body, b""
        self.relaying = asyncio.get_running_loop().create_task(self.relay(body))

    async def relay(self, body: bytes) -> None:
        write = self.transport.write
        upstream = await self.pool.take()
        try:
            upstream.ask(body)
            write(await upstream.head())
            while data := await upstream.read():
                write(b"%x\r\n%b\r\n" % (len(data), data))
            write(b"0\r\n\r\n")
        finally:
            self.pool.give_back(upstream)


async def serve(port: int, upstream_port: int) -> None:
    pool = Pool(upstream_port)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ClientConnection(pool), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), int(sys.argv[2])))
