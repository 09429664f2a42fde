"""The transport over real sockets: requests and answers of every kind."""

import asyncio

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.infrastructure.kernel.http_answers import Answer, answers, cuts
from tests.infrastructure.kernel.http_clients import BOTH_LOOPS, ask, fast_transport
from tests.infrastructure.kernel.http_scripted_server import (
    Peer,
    answering,
    refusing_url,
    scripted_server,
)

pytestmark = pytest.mark.anyio
HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
STREAM = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=BOTH_LOOPS, ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> object:
    return request.param


async def test_serves_a_client_of_httpx() -> None:
    async with (
        scripted_server(answering(HI)) as server,
        fast_transport() as transport,
        httpx.AsyncClient(transport=transport, base_url=f"{server.url}/below/here") as client,
    ):
        response = await client.post("/ask?x=1", json={"a": "ä"}, headers={"Authorization": "Bearer secret"})

        assert (response.status_code, response.text) == (200, "hi")
        head, _, body = server.peers[0].requests[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /below/here/ask?x=1 HTTP/1.1\r\nHost: 127.0.0.1:")
        assert b"\r\nAuthorization: Bearer secret" in head
        assert body == '{"a":"ä"}'.encode()


async def test_frames_a_body_whose_length_the_client_did_not_know() -> None:
    async def pieces() -> object:
        yield b"one"
        yield b"two"

    async def handler(peer: Peer) -> None:
        sent = await peer.reader.readuntil(b"0\r\n\r\n")
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(sent), sent))

    async with (
        scripted_server(handler) as server,
        fast_transport() as transport,
        httpx.AsyncClient(transport=transport) as client,
    ):
        response = await client.post(server.url, content=pieces())

        assert response.content.endswith(b"\r\n\r\n6\r\nonetwo\r\n0\r\n\r\n")


@settings(max_examples=15)
@given(st.data(), st.lists(answers(), min_size=1, max_size=4))
def test_answers_follow_one_another_whatever_they_are(data: st.DataObject, given: list[Answer]) -> None:
    reads = [data.draw(cuts(answer.wire)) for answer in given]

    async def talk() -> None:
        asked = iter(zip(given, reads, strict=True))

        async def handler(peer: Peer) -> None:
            while await peer.request():
                answer, pieces = next(asked)
                for piece in pieces:
                    await peer.send(piece)
                    await asyncio.sleep(0)
                if answer.framing == "close":
                    return

        async with scripted_server(handler) as server, fast_transport() as transport:
            for answer in given:
                response = await ask(transport, server.url)
                read = b"".join([part async for part in response.stream])
                assert (response.status_code, read) == (answer.status, answer.content)
            assert len(server.peers) <= 1 + sum(answer.framing == "close" for answer in given)

    asyncio.run(talk())


async def test_reaches_a_server_at_an_ipv6_address() -> None:
    async with scripted_server(answering(HI), host="::1") as server, fast_transport() as transport:
        response = await ask(transport, f"{server.url}/base/")

        assert await response.aread() == b"hi"
        assert b"\r\nHost: [::1]:" in server.peers[0].requests[0]


async def test_head_and_empty_answers_leave_the_connection_usable() -> None:
    replies = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    ]
    async with scripted_server(answering(*replies)) as server, fast_transport() as transport:
        for method, status in (("HEAD", 200), ("GET", 204), ("GET", 304)):
            response = await ask(transport, server.url, method=method)
            assert (response.status_code, await response.aread()) == (status, b"")

        assert len(server.peers) == 1


async def test_nothing_listens() -> None:
    async with fast_transport() as transport:
        with pytest.raises(httpx.ConnectError):
            await ask(transport, refusing_url())


async def test_a_name_that_cannot_be_looked_up_is_a_connect_error() -> None:
    async with fast_transport() as transport:
        with pytest.raises(httpx.ConnectError):
            await ask(transport, f"http://{'a' * 70}.example:9/")


async def test_refuses_what_it_cannot_send() -> None:
    async with fast_transport() as transport:
        with pytest.raises(httpx.UnsupportedProtocol):
            await ask(transport, "ftp://127.0.0.1/")
        for headers in ([("Host", "a"), ("X", "one\r\nInjected: two")], [("Host", "a\0")], [("X", "no host")]):
            request = httpx.Request("GET", "http://127.0.0.1:9/", headers=headers, stream=httpx.ByteStream(b""))
            with pytest.raises(httpx.LocalProtocolError):
                await transport.handle_async_request(request)


async def test_an_answer_that_turns_out_malformed_closes_its_connection() -> None:
    async with scripted_server(answering(STREAM + b"2\r\nhi\r\nno chunk")) as server, fast_transport() as transport:
        response = await ask(transport, server.url)
        with pytest.raises(httpx.RemoteProtocolError):
            await response.aread()

        await server.peers[0].until_gone()
