"""Whether a replica is alive, and how fast it says so."""

import httpx
import pytest
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import refusal
from tests.infrastructure.kernel.http_clients import fast_transport
from tests.infrastructure.kernel.http_scripted_server import (
    Peer,
    answering,
    answering_once,
    refusing_url,
    scripted_server,
)

from ollamanet.domain.inference.errors import NoHealthyReplica
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_probe import OllamaProbe

pytestmark = pytest.mark.anyio
VERSION = b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"version":"0.33.0"}'


def probe_of(
    url: str, transport: httpx.AsyncBaseTransport, *, clock: HandClock | None = None, timeout: float = 30.0
) -> OllamaProbe:
    return OllamaProbe(OllamaApi(ReplicaAddress(url, "secret"), transport), clock or HandClock(), timeout)


async def test_tells_how_long_the_answer_took() -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        clock.passes(0.25)
        await peer.send(VERSION)

    clock = HandClock()
    async with scripted_server(handler) as server, fast_transport() as transport:
        probe = probe_of(f"{server.url}/base", transport, clock=clock)

        assert await probe.check() == pytest.approx(0.25)
        assert probe.name == server.url.removeprefix("http://")
        assert server.peers[0].requests[0].startswith(b"GET /base/api/version HTTP/1.1\r\n")
        assert b"\r\nAuthorization: Bearer secret\r\n" in server.peers[0].requests[0]


async def test_keeps_its_connection() -> None:
    async with scripted_server(answering(VERSION)) as server, fast_transport() as transport:
        for _ in range(3):
            await probe_of(server.url, transport).check()

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
async def test_anything_but_ollamas_answer_is_not_health(answer: bytes) -> None:
    async with scripted_server(answering_once(answer)) as server, fast_transport() as transport:
        with pytest.raises(NoHealthyReplica) as caught:
            await probe_of(server.url, transport).check()

        assert caught.value.retry_after
        assert server.url.removeprefix("http://") in caught.value.detail


async def test_an_endless_answer_is_not_health() -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n{")
        while not peer.writer.is_closing():
            await peer.send(b" " * 65536)

    async with scripted_server(handler) as server, fast_transport() as transport:
        with pytest.raises(NoHealthyReplica):
            await probe_of(server.url, transport).check()


async def test_silence_and_absence_are_not_health() -> None:
    async def silent(peer: Peer) -> None:
        await peer.request()
        await peer.request()

    async with scripted_server(silent) as server, fast_transport() as transport:
        for url in (server.url, refusing_url()):
            with pytest.raises(NoHealthyReplica):
                await probe_of(url, transport, timeout=0.1).check()

        await server.peers[0].until_gone()
