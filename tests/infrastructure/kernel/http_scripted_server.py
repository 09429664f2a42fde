"""A server over real sockets that says exactly the bytes a test wants, whatever HTTP thinks of them."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

PATIENCE = 10.0
"""Seconds after which a wait in a test counts as a hang."""


class Peer:
    """One connection, as the server sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.requests: list[bytes] = []
        self.gone = asyncio.Event()

    async def request(self) -> bytes:
        """The next request, head and body; b"" when the client closed instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            self.gone.set()
            return b""
        length = re.search(rb"(?i)content-length: (\d+)", head)
        request = head + await self.reader.readexactly(int(length[1]) if length else 0)
        self.requests.append(request)
        return request

    async def send(self, *pieces: bytes) -> None:
        """Send the pieces, each with a write of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    def reset(self) -> None:
        """Close with a TCP reset."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def until_gone(self) -> None:
        """Wait until the client closed, at most `PATIENCE`."""
        async with asyncio.timeout(PATIENCE):
            await self.gone.wait()


Handler = Callable[[Peer], Awaitable[None]]


class ScriptedServer:
    """What a test knows of the server."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()
        self.peers: list[Peer] = []
        self.url = ""

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        self._tasks.add(asyncio.create_task(self._serve(peer)))

    async def _serve(self, peer: Peer) -> None:
        try:
            await self._handler(peer)
        except ConnectionError:
            pass  # the client went first, which is what many of these tests are about
        finally:
            peer.writer.close()

    async def stop(self) -> None:
        """End all handlers; what one of them raised is raised here."""
        for task in self._tasks:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


@asynccontextmanager
async def scripted_server(
    handler: Handler, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, limit: int = 1 << 24
) -> AsyncIterator[ScriptedServer]:
    """Run `handler` for every connection; `url` of what it yields is where to connect.

    Twice `limit` bytes are read ahead of the handler.
    """
    scripted = ScriptedServer(handler)
    server = await asyncio.start_server(scripted.accept, host, 0, ssl=tls, limit=limit)
    bound = server.sockets[0].getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    scripted.url = f"{'https' if tls else 'http'}://{shown}:{bound}"
    try:
        yield scripted
    finally:
        server.close()
        await scripted.stop()


def answering(*answers: bytes) -> Handler:
    """Give the answers in turn, one for each request of a connection, the last one for ever."""

    async def handler(peer: Peer) -> None:
        turn = 0
        while await peer.request():
            await peer.send(answers[min(turn, len(answers) - 1)])
            turn += 1

    return handler


def answering_once(*answers: bytes) -> Handler:
    """Give the answers in turn, one for each request of a connection, then close."""

    async def handler(peer: Peer) -> None:
        for answer in answers:
            await peer.request()
            await peer.send(answer)

    return handler


def refusing_url() -> str:
    """An address of this machine at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
