"""What a client may do to a connection, over real sockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn

from ollamanet.bootstrap.guarded_protocol import GuardedProtocol

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n"


class Hasty(GuardedProtocol):
    head_seconds = 0.3
    body_seconds = 0.3
    stall_seconds = 0.3


class Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Application:
    """Echoes bodies; at `/flood` it writes until the client has gone, at `/wait` it waits until then."""

    def __init__(self) -> None:
        self.busy = 0
        self.begun = asyncio.Event()
        self.gone = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        headers = [(b"x-" + name, value) for name, value in scope["headers"] if name == b"upgrade"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["path"] in {"/flood", "/wait"}:
            await self._until_left(scope["path"] == "/flood", receive, send)
        answer = json.dumps({"path": scope["path"], "body": body.decode(), "headers": len(scope["headers"])})
        await send({"type": "http.response.body", "body": answer.encode(), "more_body": False})

    async def _until_left(self, flood: bool, receive: Any, send: Any) -> None:
        self.busy += 1
        self.begun.set()
        watcher = asyncio.create_task(receive())
        while not watcher.done():
            if flood:
                await send({"type": "http.response.body", "body": b"z" * 65536, "more_body": True})
            await asyncio.sleep(0 if flood else 0.01)
        self.busy -= 1
        self.gone.set()


@asynccontextmanager
async def served(protocol: type[GuardedProtocol] = Hasty) -> AsyncIterator[tuple[Application, int]]:
    application = Application()
    config = uvicorn.Config(
        application, http=protocol, ws="none", lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    # Inherited by what it accepts: else the kernel keeps megabytes for a client who does not read.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await within(5, server.ready.wait())
        yield application, listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def said(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    answer = bytearray()
    with suppress(ConnectionError):
        async with asyncio.timeout(10):
            while data := await reader.read(65536):
                answer += data
    writer.close()
    return bytes(answer)


def within(seconds: float, awaited: Awaitable[Any]) -> Awaitable[Any]:
    return asyncio.wait_for(awaited, seconds)


@pytest.mark.anyio
async def test_a_client_who_does_not_read_is_taken_for_gone() -> None:
    async with served() as (application, port):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
            await asyncio.get_running_loop().sock_sendall(client, HEALTH.replace(b"/health", b"/flood") + b"\r\n")

            await within(10, application.gone.wait())

        assert application.busy == 0


@pytest.mark.anyio
async def test_a_client_who_reads_slowly_is_served() -> None:
    class Patient(Hasty):
        stall_seconds = 5.0

    async with served(Patient) as (application, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        writer.write(HEALTH.replace(b"/health", b"/flood") + b"\r\n")
        total = 0
        for _ in range(40):
            total += len(await reader.read(65536))
            await asyncio.sleep(0.01)

        assert application.busy == 1
        assert total > 40
        writer.transport.abort()
        await within(5, application.gone.wait())


@pytest.mark.anyio
async def test_a_whole_answer_is_waited_for_as_long_as_the_client_takes_more_of_it() -> None:
    body = b"x" * 4_000_000
    async with served() as (_, port):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            loop, got = asyncio.get_running_loop(), 0
            await loop.sock_connect(client, ("127.0.0.1", port))
            head = f"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            await loop.sock_sendall(client, head.encode() + body)
            begun = loop.time()
            while piece := await loop.sock_recv(client, 16_384):
                got += len(piece)
                await asyncio.sleep(0.01 if loop.time() - begun < 4 * Hasty.stall_seconds else 0)

    assert got > len(body)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (HEALTH,),
        (HEALTH + b"X: ", b"a", b"a"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", b"half"),
        (HEALTH + b"\r\n", HEALTH),
    ],
    ids=["nothing", "no end of the head", "a head in drops", "half a body", "half a second request"],
)
async def test_a_client_who_does_not_finish_his_request_is_cut_off(pieces: tuple[bytes, ...]) -> None:
    async with served() as (_, port):
        answer = await within(5, said(port, *pieces, pause=0.05))

    assert answer.count(b"HTTP/1.1") == pieces.count(HEALTH + b"\r\n")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "start",
    [b"GET /" + b"a" * 100_000, HEALTH + b"X: " + b"a" * 100_000, HEALTH + b"X: a\r\n" * 20_000],
    ids=["a long path", "a long header", "many headers"],
)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "in pieces"])
async def test_a_head_that_is_too_large_is_refused(start: bytes, whole: bool) -> None:
    pieces = [start] if whole else [start[at : at + 16_384] for at in range(0, len(start), 16_384)]

    async with served(GuardedProtocol) as (_, port):
        answer = await within(5, said(port, *pieces, b"\r\n\r\n"))

    assert answer.startswith(b"HTTP/1.1 400 ") or answer == b""  # a reset may overtake the answer


@pytest.mark.anyio
async def test_what_follows_a_body_is_bounded_and_no_header() -> None:
    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"

    async with served(GuardedProtocol) as (_, port):
        short = await within(5, said(port, chunked + b"Authorization: x\r\n\r\n"))
        long = await within(5, said(port, chunked, *[b"X: " + b"a" * 10_000 + b"\r\n"] * 20, pause=0.001))

    assert b'"body": "hi", "headers": 3' in short
    assert not long.endswith(b"}")


@pytest.mark.anyio
async def test_a_large_body_in_small_chunks_is_no_large_head() -> None:
    body = b"".join(b"1\r\nx\r\n" for _ in range(50_000)) + b"0\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"

    async with served(GuardedProtocol) as (_, port):
        answer = await within(10, said(port, head + body))

    assert answer.count(b"x") >= 50_000


@pytest.mark.anyio
async def test_a_client_who_sent_more_requests_at_once_is_still_seen_to_leave() -> None:
    async with served() as (application, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        post = b"POST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
        writer.write(HEALTH.replace(b"/health", b"/wait") + b"\r\n" + post + HEALTH + b"\r\n")
        await within(5, application.begun.wait())
        writer.close()

        await within(5, application.gone.wait())


@pytest.mark.anyio
async def test_of_requests_sent_at_once_the_first_is_answered_and_the_connection_closed() -> None:
    async with served() as (_, port):
        answer = await within(5, said(port, HEALTH + b"\r\n" + HEALTH.replace(b"/health", b"/two") + b"\r\n"))

    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"/health" in answer


@pytest.mark.anyio
async def test_an_offer_of_another_protocol_costs_neither_the_body_nor_the_connection() -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"
    post = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n" + offer + b"\r\nUpgrade: x"

    async with served() as (_, port):
        answer = await within(5, said(port, post, post.replace(b"Upgrade, ", b"close, Upgrade, "), pause=0.1))

    assert answer.count(b'"body": "Upgrade: x"') == 2
