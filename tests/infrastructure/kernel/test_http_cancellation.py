"""A task that is cancelled, at whatever moment, leaves no socket behind and no connection in a bad state."""

import asyncio

import httpx
import pytest
from tests.infrastructure.kernel.http_clients import BOTH_LOOPS, ask, fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import Handler, Peer, ScriptedServer, answering, scripted_server

from ollamanet.infrastructure.kernel.http_reader import ResponseReader
from ollamanet.infrastructure.kernel.http_transport import FastTransport

pytestmark = pytest.mark.anyio
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LARGE = b"x" * (12 * 1024 * 1024)


@pytest.fixture(params=BOTH_LOOPS, ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> object:
    return request.param


async def silent(peer: Peer) -> None:
    await peer.request()
    await peer.request()


async def echo(peer: Peer) -> None:
    """Answer each request with its own body, in three pieces."""
    while request := await peer.request():
        body = request.partition(b"\r\n\r\n")[2]
        await peer.send(HEAD)
        await asyncio.sleep(0)
        for half in (body[:4], body[4:]):
            await peer.send(b"%x\r\n%b\r\n" % (len(half), half))
            await asyncio.sleep(0)
        await peer.send(b"0\r\n\r\n")


async def echo_at_once(peer: Peer) -> None:
    """Answer each request with its own body, in one piece."""
    while request := await peer.request():
        body = request.partition(b"\r\n\r\n")[2]
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def cancelled(task: "asyncio.Task[object]") -> bool:
    task.cancel()
    await asyncio.wait({task})
    return task.cancelled()


async def until_asked(server: ScriptedServer) -> None:
    await until(lambda: bool(server.peers and server.peers[0].requests))


async def test_a_wait_for_the_head() -> None:
    async with scripted_server(silent) as server, fast_transport() as transport:
        task = asyncio.create_task(ask(transport, server.url))
        await until_asked(server)

        assert await cancelled(task)
        await server.peers[0].until_gone()
        await until(lambda: transport.open_connections == 0)


async def test_a_wait_for_more_content() -> None:
    async with scripted_server(answering(HEAD + b"2\r\nhi\r\n")) as server, fast_transport() as transport:
        response = await ask(transport, server.url)
        assert isinstance(response.stream, ResponseReader)
        assert await anext(response.stream) == b"hi"
        task = asyncio.ensure_future(anext(response.stream))
        await asyncio.sleep(0)

        assert await cancelled(task)
        await server.peers[0].until_gone()
        with pytest.raises(httpx.ReadError):
            await anext(response.stream)


async def test_an_upload() -> None:
    async def deaf(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.requests.append(b"begun")
        peer.writer.transport.pause_reading()
        await until(lambda: transport.open_connections == 0)

    async with fast_transport() as transport, scripted_server(deaf) as server:
        task = asyncio.create_task(ask(transport, server.url, LARGE))
        await until_asked(server)

        assert await cancelled(task)
        await until(lambda: transport.open_connections == 0)


async def test_a_handshake() -> None:
    async with scripted_server(silent) as server, fast_transport() as transport:
        task = asyncio.create_task(ask(transport, server.url.replace("http:", "https:")))
        await until(lambda: bool(server.peers))

        assert await cancelled(task)
        await server.peers[0].until_gone()
        assert transport.open_connections == 0


async def test_closing_an_answer_before_its_end_closes_the_connection() -> None:
    async with scripted_server(answering(HEAD + b"2\r\nhi\r\n")) as server, fast_transport() as transport:
        response = await ask(transport, server.url)
        await response.aclose()
        await response.aclose()

        await server.peers[0].until_gone()
        await until(lambda: transport.open_connections == 0)


async def test_letting_go_keeps_a_connection_whose_answer_ends_in_time() -> None:
    async with scripted_server(answering(HEAD)) as server, fast_transport() as transport:
        kept = await ask(transport, server.url)
        late = await ask(transport, server.url)
        for response, seconds in ((kept, 30.0), (late, 0.02)):
            assert isinstance(response.stream, ResponseReader)
            response.stream.let_go(seconds)
        await server.peers[0].send(b"0\r\n\r\n")

        await server.peers[1].until_gone()
        await until(lambda: (transport.open_connections, transport.idle_connections) == (1, 1))


async def read_all(transport: FastTransport, url: str, body: bytes) -> bytes:
    response = await ask(transport, url, body)
    try:
        return b"".join([part async for part in response.stream])
    finally:
        await response.aclose()


async def cancel_after(steps: int, server: ScriptedServer, transport: FastTransport) -> bool:
    """Cancel a request after so many turns of the loop and see that others do not notice; whether it was cancelled."""
    task = asyncio.create_task(read_all(transport, server.url, b"cancelled"))
    for _ in range(steps):
        await asyncio.sleep(0)
    bodies = [b"round %d, task %d" % (steps, number) for number in range(3)]
    others = [asyncio.create_task(read_all(transport, server.url, body)) for body in bodies]
    task.cancel()  # comes after the others' first step, so that one of them may have the same connection by then

    assert await asyncio.gather(*others) == bodies
    asked = [request.partition(b"\r\n\r\n")[2] for peer in server.peers for request in peer.requests]
    assert sorted(body for body in asked if body in bodies) == bodies
    await until(lambda: transport.open_connections == transport.idle_connections)
    return task.cancelled()


@pytest.mark.parametrize("answer", [echo, echo_at_once])
async def test_cancelling_at_every_single_step_of_a_new_connection(answer: Handler) -> None:
    async with scripted_server(answer) as server:
        steps, was_cancelled = 0, True
        while was_cancelled:
            async with fast_transport() as transport:
                was_cancelled = await cancel_after(steps, server, transport)
            steps += 1
        assert steps > 3


@pytest.mark.parametrize("answer", [echo, echo_at_once])
async def test_cancelling_at_every_single_step_of_a_kept_connection(answer: Handler) -> None:
    async with scripted_server(answer) as server, fast_transport() as transport:
        steps, was_cancelled = 0, True
        while was_cancelled:
            assert await read_all(transport, server.url, b"warm") == b"warm"
            was_cancelled = await cancel_after(steps, server, transport)
            steps += 1
        assert steps > 3


async def test_no_socket_is_left_after_many_cancelled_requests() -> None:
    async with scripted_server(echo) as server, fast_transport() as transport:
        for round_ in range(20):
            tasks = [asyncio.create_task(read_all(transport, server.url, b"body")) for _ in range(20)]
            for step in range(round_ % 10):
                await asyncio.sleep(0)
                tasks[step].cancel()
            for task in tasks[::2]:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert {str(outcome) for outcome in outcomes} <= {"b'body'", ""}
        await until(lambda: transport.open_connections == transport.idle_connections)
