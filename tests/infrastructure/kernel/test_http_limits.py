"""Limits in time and in memory, seen from a server that is slow, silent, greedy or deaf."""

import asyncio
import hashlib
import socket
from contextlib import suppress

import httpx
import pytest
from tests.infrastructure.kernel.http_clients import BOTH_LOOPS, ask, fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import Peer, answering, scripted_server

from ollamanet.infrastructure.kernel.http_reader import ResponseReader

pytestmark = pytest.mark.anyio
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LARGE = bytes(range(256)) * 4 * 1024 * 12  # 12 MiB
SOON, LONG = 0.03, 30.0


@pytest.fixture(params=BOTH_LOOPS, ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> object:
    return request.param


async def silent(peer: Peer) -> None:
    await peer.request()
    await peer.request()


async def deaf(peer: Peer) -> None:
    peer.writer.transport.pause_reading()
    await asyncio.sleep(LONG)


@pytest.mark.parametrize(
    "limits",
    [
        {"first_byte": SOON, "read": LONG},
        {"read": SOON},
        {"total": SOON, "read": LONG},
        {"total": LONG, "first_byte": SOON},
    ],
    ids=str,
)
async def test_a_server_that_never_answers_is_a_read_timeout(limits: dict[str, float]) -> None:
    async with scripted_server(silent) as server, fast_transport() as transport:
        with pytest.raises(httpx.ReadTimeout):
            await ask(transport, server.url, b"x", **limits)

        await server.peers[0].until_gone()
        await until(lambda: transport.open_connections == 0)


async def test_silence_inside_the_answer_is_a_read_timeout_after_what_came() -> None:
    async with scripted_server(answering(HEAD + b"2\r\nhi\r\n")) as server, fast_transport() as transport:
        response = await ask(transport, server.url, first_byte=LONG, read=SOON)
        assert isinstance(response.stream, ResponseReader)
        assert await anext(response.stream) == b"hi"
        with pytest.raises(httpx.ReadTimeout, match="silent"):
            await anext(response.stream)

        await server.peers[0].until_gone()


async def test_a_server_that_goes_on_slowly_is_not_silent() -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD)
        for _ in range(14):
            await asyncio.sleep(0.06)
            await peer.send(b"1\r\nx\r\n")
        await peer.send(b"0\r\n\r\n")

    async with scripted_server(handler) as server, fast_transport() as transport:
        response = await ask(transport, server.url, read=0.7)

        assert await response.aread() == b"x" * 14


async def test_a_server_that_goes_on_for_ever_meets_the_limit_of_the_whole() -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD)
        while not peer.writer.is_closing():
            await peer.send(b"1\r\nx\r\n")
            await asyncio.sleep(0.001)

    async with scripted_server(handler) as server, fast_transport() as transport:
        response = await ask(transport, server.url, total=0.1, read=LONG)
        with pytest.raises(httpx.ReadTimeout, match="whole"):
            await response.aread()

        await until(lambda: transport.open_connections == 0)


async def test_a_limit_holds_for_its_own_request_only() -> None:
    async with scripted_server(answering(HEAD + b"2\r\nhi\r\n0\r\n\r\n")) as server, fast_transport() as transport:
        for limit in (LONG, 0.25, None):
            assert await (await ask(transport, server.url, read=limit, total=limit)).aread() == b"hi"
        await asyncio.sleep(0.4)

        assert (transport.idle_connections, len(server.peers)) == (1, 1)


async def test_a_slow_consumer_is_not_a_silent_server() -> None:
    async with (
        scripted_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(LARGE), LARGE))) as server,
        fast_transport() as transport,
    ):
        response = await ask(transport, server.url, read=0.3)
        await asyncio.sleep(0.8)

        assert await response.aread() == LARGE


async def test_a_consumer_that_does_not_read_holds_the_server_up() -> None:
    sent = 0

    async def handler(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (8 * len(LARGE)))
        for _ in range(8 * len(LARGE) // 65536):
            await peer.send(LARGE[:65536])
            sent += 65536
        await peer.request()

    async with scripted_server(handler) as server, fast_transport() as transport:
        response = await ask(transport, server.url)
        reader = response.stream
        assert isinstance(reader, ResponseReader)
        await until(lambda: reader.unread > 65536)
        await asyncio.sleep(0.1)
        assert reader.unread < 1024 * 1024
        assert sent < 4 * len(LARGE)
        received = 0
        async for part in reader:
            received += len(part)
            assert len(part) < 1024 * 1024

        assert received == 8 * len(LARGE)
        assert transport.idle_connections == 1


async def test_a_large_body_arrives_whole_at_a_server_that_reads_slowly() -> None:
    async def handler(peer: Peer) -> None:
        peer.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        head = await peer.reader.readuntil(b"\r\n\r\n")
        assert b"Content-Length: %d\r\n" % len(LARGE) in head
        digest = hashlib.sha256()
        left = len(LARGE)
        while left:
            part = await peer.reader.read(100_000)
            digest.update(part)
            left -= len(part)
            await asyncio.sleep(0.008)
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n" + digest.digest())
        await peer.request()

    async with scripted_server(handler, limit=65536) as server, fast_transport() as transport:
        response = await ask(transport, server.url, LARGE, write=0.7, first_byte=LONG, read=LONG)

        assert await response.aread() == hashlib.sha256(LARGE).digest()
        assert transport.idle_connections == 1


async def test_a_server_that_stops_reading_the_request_is_a_write_timeout() -> None:
    async with scripted_server(deaf) as server, fast_transport() as transport:
        with pytest.raises(httpx.WriteTimeout):
            await ask(transport, server.url, LARGE, write=0.1, read=LONG)

        await until(lambda: transport.open_connections == 0)


@pytest.mark.parametrize("status", [200, 413])
async def test_an_answer_before_the_request_was_sent_ends_the_sending(status: int) -> None:
    async def handler(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.writer.transport.pause_reading()
        await peer.send(b"HTTP/1.1 %d Early\r\nContent-Length: 5\r\n\r\n" % status)
        await asyncio.sleep(0.02)
        await peer.send(b"early")
        await asyncio.sleep(LONG)

    async with scripted_server(handler) as server, fast_transport() as transport:
        response = await ask(transport, server.url, LARGE, write=LONG, read=LONG)

        assert (response.status_code, await response.aread()) == (status, b"early")
        await until(lambda: transport.open_connections == 0)


async def test_a_connection_whose_request_was_not_sent_whole_is_not_used_again() -> None:
    arrived = 0

    async def handler(peer: Peer) -> None:
        nonlocal arrived
        await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(HEAD)
        async with asyncio.timeout(0.2):
            while part := await peer.reader.read(65536):
                arrived += len(part)

    async def patient(peer: Peer) -> None:
        with suppress(TimeoutError):
            await handler(peer)
        await peer.send(b"0\r\n\r\n")
        await peer.request()

    async with scripted_server(patient) as server, fast_transport() as transport:
        response = await ask(transport, server.url, LARGE, write=LONG, read=LONG)

        assert await response.aread() == b""
        assert arrived < len(LARGE)
        await until(lambda: transport.open_connections == 0)


@pytest.mark.parametrize("limit", ["connect", "total"])
async def test_a_handshake_that_hangs_is_a_connect_timeout(limit: str) -> None:
    async with scripted_server(silent) as server, fast_transport() as transport:
        with pytest.raises(httpx.ConnectTimeout):
            await ask(transport, server.url.replace("http:", "https:"), **{limit: 0.1})

        assert transport.open_connections == 0
        await server.peers[0].until_gone()
