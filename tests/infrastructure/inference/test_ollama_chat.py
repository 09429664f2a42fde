"""The chat adapter over real sockets, against daemons that behave."""

import asyncio

import httpx
import pytest
from tests.infrastructure.inference.ollama_answers import (
    FINISHED,
    STREAM_HEAD,
    chunk,
    done_line,
    line,
    request,
    said,
    stream,
)
from tests.infrastructure.inference.ollama_daemon import PATIENT, chat_at, daemon, heard
from tests.infrastructure.kernel.http_clients import fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import Peer, answering, scripted_server

from ollamanet.domain.kernel.reply import Text
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat

pytestmark = pytest.mark.anyio


async def test_a_reply_comes_in_batches_of_what_each_read_brought() -> None:
    async def handler(peer: Peer) -> None:
        while await peer.request():
            await peer.send(STREAM_HEAD + chunk(line("Hel")) + chunk(line("lo")))
            await go_on.wait()
            await peer.send(chunk(done_line()) + b"0\r\n\r\n")

    go_on = asyncio.Event()
    async with daemon(handler) as (chat, server, transport):
        reply = await chat.open(request(), timeout=30)
        assert list(await anext(reply)) == [Text("Hel"), Text("lo")]
        go_on.set()
        assert list(await anext(reply)) == [FINISHED]
        with pytest.raises(StopAsyncIteration):
            await anext(reply)

        assert chat.name == server.url.removeprefix("http://")
        assert server.peers[0].requests[0].startswith(b"POST /api/chat HTTP/1.1\r\nHost: 127.0.0.1:")
        await until(lambda: transport.idle_connections == 1)


async def test_a_finished_reply_leaves_its_connection_to_the_next_even_if_its_end_comes_late() -> None:
    async def handler(peer: Peer) -> None:
        while await peer.request():
            await peer.send(stream(done_line("Hi"), end=b""))
            await closed.wait()
            await peer.send(b"0\r\n\r\n")

    closed = asyncio.Event()
    async with daemon(handler) as (chat, server, transport):
        for _ in range(3):
            closed.clear()
            reply = await chat.open(request(), timeout=30)
            assert await anext(reply) == [Text("Hi"), FINISHED]
            await reply.aclose()
            closed.set()
            await until(lambda: transport.idle_connections == 1)

        assert len(server.peers) == 1


async def test_a_line_in_many_reads_and_a_last_one_without_line_feed() -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(STREAM_HEAD)
        for byte in line("Hello") + done_line(" there").rstrip(b"\n"):
            await peer.send(b"1\r\n%c\r\n" % byte)
        await peer.send(b"0\r\n\r\n")

    async with daemon(handler) as (chat, _, _):
        deltas, failure = await heard(await chat.open(request(), timeout=30))

        assert failure is None
        assert (said(deltas), deltas[-1]) == ("Hello there", FINISHED)


async def test_a_body_without_chunks_ends_where_its_length_says() -> None:
    body = line("Hi") + done_line()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with daemon(answering(answer)) as (chat, _, _):
        assert await heard(await chat.open(request(), timeout=30)) == ([Text("Hi"), FINISHED], None)


@pytest.mark.parametrize("answer", [b"", STREAM_HEAD, STREAM_HEAD + chunk(line("Hel"))], ids=["-", "head", "one piece"])
async def test_cancelling_the_consumer_closes_the_connection_to_the_replica(answer: bytes) -> None:
    async def consume() -> None:
        deltas, failure = await heard(await chat.open(request(), timeout=30))
        raise AssertionError(f"not cancelled: {deltas} {failure}")

    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(answer)
        await peer.request()

    async with daemon(handler) as (chat, server, transport):
        consumer = asyncio.create_task(consume())
        await until(lambda: bool(server.peers and server.peers[0].requests))
        await asyncio.sleep(0.01)
        consumer.cancel()

        async with asyncio.timeout(1):
            await server.peers[0].gone.wait()
        await asyncio.wait({consumer})
        assert consumer.cancelled()
        await until(lambda: transport.open_connections == 0)


async def test_closing_the_reply_closes_the_connection_to_the_replica() -> None:
    async with daemon(answering(STREAM_HEAD + chunk(line("Hel")))) as (chat, server, _):
        reply = await chat.open(request(), timeout=30)
        await reply.aclose()
        await reply.aclose()

        await server.peers[0].until_gone()
        assert await heard(reply) != ([], None)


async def test_works_over_the_transport_of_httpx_too() -> None:
    async with (
        scripted_server(answering(stream(line("Hi"), done_line()))) as server,
        httpx.AsyncHTTPTransport() as transport,
    ):
        reply = await chat_at(f"{server.url}/base/", transport).open(request(), timeout=30)

        assert await heard(reply) == ([Text("Hi"), FINISHED], None)
        assert server.peers[0].requests[0].startswith(b"POST /base/api/chat HTTP/1.1\r\n")


async def test_a_token_goes_along_and_stays_out_of_sight() -> None:
    async with scripted_server(answering(stream(done_line("Hi")))) as server, fast_transport() as transport:
        address = ReplicaAddress(f"{server.url}/base", token="secret")
        chat = OllamaChat(address, transport, PATIENT, lambda: "made")
        await heard(await chat.open(request(), timeout=30))

        assert b"\r\nAuthorization: Bearer secret\r\n" in server.peers[0].requests[0]
        assert "secret" not in f"{address!r} {chat.name}"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://gpu1:11434", "gpu1:11434"),
        ("http://[::1]:11434/base", "[::1]:11434"),
        ("https://gpu.example.org/ollama", "gpu.example.org:443"),
        ("http://gpu.example.org", "gpu.example.org:80"),
    ],
)
def test_a_replica_is_named_by_host_and_port(url: str, name: str) -> None:
    assert ReplicaAddress(url, "secret").name == name
