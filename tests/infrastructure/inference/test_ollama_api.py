"""The small questions to a replica: one answer, or why there is none."""

import httpx
import pytest
from tests.infrastructure.inference.ollama_answers import refusal
from tests.infrastructure.kernel.http_clients import fast_transport
from tests.infrastructure.kernel.http_scripted_server import (
    Peer,
    answering,
    answering_once,
    refusing_url,
    scripted_server,
)

from ollamanet.domain.inference.errors import NoHealthyReplica, UpstreamError, UpstreamTimeout
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_wire import VersionAnswer

pytestmark = pytest.mark.anyio
VERSION = b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"version":"0.33.0"}'


async def version_of(url: str, transport: httpx.AsyncBaseTransport, *, timeout: float = 30.0) -> str:
    api = OllamaApi(ReplicaAddress(url, "secret"), transport)
    return (await api.get("/api/version", VersionAnswer, timeout=timeout)).version


async def test_asks_below_the_path_of_the_address_with_its_token() -> None:
    async with scripted_server(answering(VERSION)) as server, fast_transport() as transport:
        assert await version_of(f"{server.url}/base", transport) == "0.33.0"
        assert server.peers[0].requests[0].startswith(b"GET /base/api/version HTTP/1.1\r\n")
        assert b"\r\nAuthorization: Bearer secret\r\n" in server.peers[0].requests[0]


async def test_keeps_its_connection() -> None:
    async with scripted_server(answering(VERSION)) as server, fast_transport() as transport:
        for _ in range(3):
            await version_of(server.url, transport)

        assert len(server.peers) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal(403, b""),
        refusal(404, b"404 page not found"),
        refusal(500, b'{"error":"out of memory"}'),
        refusal(503, b""),
        VERSION.replace(b"version", b"chatter"),
        VERSION.replace(b"{", b"<"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
async def test_anything_but_ollamas_answer_is_the_failure_of_the_replica(answer: bytes) -> None:
    async with scripted_server(answering_once(answer)) as server, fast_transport() as transport:
        with pytest.raises((NoHealthyReplica, UpstreamError)) as caught:
            await version_of(server.url, transport)

        assert server.url.removeprefix("http://") in caught.value.detail


async def test_an_endless_answer_is_given_up() -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n{")
        while not peer.writer.is_closing():
            await peer.send(b" " * 65536)

    async with scripted_server(handler) as server, fast_transport() as transport:
        with pytest.raises(UpstreamError):
            await version_of(server.url, transport)


async def test_silence_and_absence_are_told_apart() -> None:
    async def silent(peer: Peer) -> None:
        await peer.request()
        await peer.request()

    async with scripted_server(silent) as server, fast_transport() as transport:
        with pytest.raises(UpstreamTimeout):
            await version_of(server.url, transport, timeout=0.1)
        with pytest.raises(NoHealthyReplica, match="cannot be reached"):
            await version_of(refusing_url(), transport)

        await server.peers[0].until_gone()
