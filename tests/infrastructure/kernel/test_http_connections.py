"""Connections of the transport: kept, taken up again, replaced and let go."""

import asyncio

import httpx
import pytest
from tests.infrastructure.kernel.http_clients import BOTH_LOOPS, ask, fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import Peer, answering, answering_once, scripted_server

from ollamanet.infrastructure.kernel.http_pool import Idleness
from ollamanet.infrastructure.kernel.http_transport import FastTransport

pytestmark = pytest.mark.anyio
HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=BOTH_LOOPS, ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> object:
    return request.param


async def test_keeps_a_connection_for_the_next_request() -> None:
    async with scripted_server(answering(HI)) as server, fast_transport() as transport:
        for _ in range(3):
            response = await ask(transport, server.url, b"x")
            assert await response.aread() == b"hi"
            assert (transport.open_connections, transport.idle_connections) == (1, 1)

        assert len(server.peers) == 1


async def test_takes_up_the_connection_that_became_idle_last() -> None:
    async with scripted_server(answering(STREAM)) as server, fast_transport() as transport:
        first, second = [await ask(transport, server.url) for _ in range(2)]
        await server.peers[0].send(b"0\r\n\r\n")
        assert [part async for part in first.stream] == []
        await server.peers[1].send(b"0\r\n\r\n")
        assert [part async for part in second.stream] == []
        assert transport.idle_connections == 2

        await ask(transport, server.url)

        assert [len(peer.requests) for peer in server.peers] == [1, 2]


async def test_a_connection_is_free_as_soon_as_its_answer_arrived_read_or_not() -> None:
    async with scripted_server(answering(HI)) as server, fast_transport() as transport:
        unread = await ask(transport, server.url)
        other = await ask(transport, server.url)
        assert await other.aread() == b"hi"
        assert await unread.aread() == b"hi"

        assert len(server.peers) == 1


async def test_replaces_a_connection_that_the_server_closed_while_it_was_idle() -> None:
    arrived = asyncio.Event()

    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(HI)
        if len(server.peers) == 1:
            await peer.request()  # the second request comes, and the connection ends without a byte
            arrived.set()
        else:
            await peer.request()

    async with scripted_server(handler) as server, fast_transport() as transport:
        await (await ask(transport, server.url, b"one")).aread()
        response = await ask(transport, server.url, b"two")

        assert await response.aread() == b"hi"
        assert arrived.is_set()
        assert [[request[-3:] for request in peer.requests] for peer in server.peers] == [[b"one", b"two"], [b"two"]]


async def test_replaces_it_only_once() -> None:
    async def handler(peer: Peer) -> None:
        if await peer.request() and len(server.peers) == 1:
            await peer.send(HI)
            await peer.request()

    async with scripted_server(handler) as server, fast_transport() as transport:
        await (await ask(transport, server.url)).aread()
        with pytest.raises(httpx.ReadError):
            await ask(transport, server.url)

        assert len(server.peers) == 2


async def test_does_not_ask_twice_when_an_answer_had_begun() -> None:
    async with scripted_server(answering_once(HI, b"HTTP/1.1 2")) as server, fast_transport() as transport:
        await (await ask(transport, server.url)).aread()
        with pytest.raises(httpx.ReadError):
            await ask(transport, server.url)

        assert len(server.peers) == 1


async def test_drops_a_connection_on_which_the_server_speaks_unasked() -> None:
    async with scripted_server(answering(HI)) as server, fast_transport() as transport:
        await (await ask(transport, server.url)).aread()
        await server.peers[0].send(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        await until(lambda: transport.open_connections == 0)

        assert await (await ask(transport, server.url)).aread() == b"hi"
        assert len(server.peers) == 2


async def test_keeps_no_more_idle_connections_than_it_may_and_the_newest_of_them() -> None:
    async with (
        scripted_server(answering(STREAM)) as server,
        fast_transport(FastTransport(idleness=Idleness(most=1))) as transport,
    ):
        responses = [await ask(transport, server.url) for _ in range(3)]
        for peer, response in zip(server.peers, responses, strict=True):
            await peer.send(b"0\r\n\r\n")
            await response.aread()
        assert transport.idle_connections == 1
        await ask(transport, server.url)

        for peer in server.peers[:2]:
            await peer.until_gone()
        assert [len(peer.requests) for peer in server.peers] == [1, 1, 2]


async def test_lets_a_connection_go_that_was_idle_for_long() -> None:
    async with (
        scripted_server(answering(HI)) as server,
        fast_transport(FastTransport(idleness=Idleness(seconds=0.05))) as transport,
    ):
        await (await ask(transport, server.url)).aread()

        await server.peers[0].until_gone()
        await until(lambda: transport.open_connections == 0)
        assert transport.idle_connections == 0


async def test_closing_the_transport_at_any_moment_leaves_no_socket() -> None:
    async with scripted_server(answering(HI)) as server:
        for steps in range(12):
            transport = FastTransport()
            asking = asyncio.create_task(ask(transport, server.url))
            for _ in range(steps):
                await asyncio.sleep(0)
            await transport.aclose()
            outcome = (await asyncio.gather(asking, return_exceptions=True))[0]

            assert isinstance(outcome, httpx.Response | httpx.ConnectError | httpx.ReadError)
            await until(lambda closed=transport: closed.open_connections == 0)
        for peer in server.peers:
            await peer.until_gone()


async def test_a_closed_transport_refuses_and_ends_what_is_under_way() -> None:
    async with scripted_server(answering(STREAM)) as server:
        transport = FastTransport()
        response = await ask(transport, server.url)
        waiting = asyncio.create_task(response.aread())
        await asyncio.sleep(0)
        await transport.aclose()

        with pytest.raises(httpx.ReadError):
            await waiting
        with pytest.raises(httpx.ConnectError):
            await ask(transport, server.url)
        assert transport.open_connections == 0
        await server.peers[0].until_gone()
