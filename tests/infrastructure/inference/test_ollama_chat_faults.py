"""The chat adapter over real sockets, against daemons that fail in every way."""

import asyncio

import pytest
from tests.infrastructure.inference.ollama_answers import STREAM_HEAD, chunk, line, refusal, request, said, stream
from tests.infrastructure.inference.ollama_daemon import PATIENT, chat_at, daemon, heard
from tests.infrastructure.kernel.http_clients import fast_transport, until
from tests.infrastructure.kernel.http_scripted_server import Peer, answering, answering_once, refusing_url

from ollamanet.domain.inference.errors import (
    ModelNotFound,
    NoHealthyReplica,
    ReplicaBusy,
    ReplicaFailed,
    ReplicaGarbled,
    ReplicaLost,
    ReplicaSilent,
    UpstreamError,
    UpstreamTimeout,
)
from ollamanet.domain.kernel.errors import InvalidRequest, PromptTooLarge, Refusal
from ollamanet.infrastructure.inference.ollama_address import ReplicaTimeouts

pytestmark = pytest.mark.anyio
SOON = 0.3


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(404, b'{"error":"model \'llama3.2\' not found"}'), ModelNotFound),
        (refusal(400, b'{"error":"\\"llama3.2\\" does not support thinking"}'), InvalidRequest),
        (refusal(400, b'{"error":"the prompt is longer than the context length"}'), PromptTooLarge),
        (refusal(403, b""), UpstreamError),
        (refusal(503, b'{"error":"server busy, please try again."}'), ReplicaBusy),
        (refusal(500, b'{"error":"llama-server process has terminated"}'), ReplicaFailed),
        (refusal(404, b"404 page not found"), ReplicaGarbled),
        (refusal(302, b"", b"Location: /elsewhere"), ReplicaGarbled),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 500\r\n\r\n{", ReplicaBusy),
        (b"HTTP/1.1 500 Odd\r\n\r\n" + b"x" * 200_000, ReplicaFailed),
        (stream(b'{"error":"runner died"}\n'), ReplicaFailed),
        (stream(b"<html>\n"), ReplicaGarbled),
        (stream(b'{"status":"success"}\n'), ReplicaGarbled),
        (stream(), ReplicaLost),
        (stream(line("Hi")[:20]), ReplicaLost),
        (b"HTTP/1.1 200 OK\r\nContent-", ReplicaLost),
        (b"", ReplicaLost),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ReplicaGarbled),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + line(), ReplicaLost),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", ReplicaGarbled),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, ReplicaGarbled),
    ],
)
async def test_what_goes_wrong_before_the_first_piece_is_raised_on_opening(
    answer: bytes, expected: type[Refusal]
) -> None:
    async with daemon(answering_once(answer)) as (chat, server, transport):
        with pytest.raises(expected) as caught:
            await chat.open(request(), timeout=30)

        assert type(caught.value) is expected
        await until(lambda: transport.open_connections == transport.idle_connections)
        assert len(server.peers) == 1


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        (chunk(b'{"error":"runner died"}\n') + b"0\r\n\r\n", ReplicaFailed),
        (chunk(b"\x00\xff this is not JSON {{{\n"), ReplicaGarbled),
        (chunk(line("lo")[:30]) + b"0\r\n\r\n", ReplicaLost),
        (b"0\r\n\r\n", ReplicaLost),
        (chunk(line("lo"))[:20], ReplicaLost),
        (b"not a chunk size\r\n", ReplicaGarbled),
    ],
)
async def test_what_goes_wrong_later_is_raised_after_what_was_heard(rest: bytes, expected: type[Refusal]) -> None:
    async with daemon(answering_once(STREAM_HEAD + chunk(line("Hel")) + rest)) as (chat, _, transport):
        deltas, failure = await heard(await chat.open(request(), timeout=30))

        assert (said(deltas), type(failure)) == ("Hel", expected)
        await until(lambda: transport.open_connections == 0)


async def test_a_reset_in_mid_stream_is_a_lost_replica() -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.send(STREAM_HEAD + chunk(line("Hel")))
        await read.wait()
        peer.reset()

    read = asyncio.Event()
    async with daemon(handler) as (chat, _, _):
        reply = await chat.open(request(), timeout=30)
        read.set()
        deltas, failure = await heard(reply)

        assert (said(deltas), type(failure)) == ("Hel", ReplicaLost)


async def test_nothing_listens() -> None:
    async with fast_transport() as transport:
        with pytest.raises(NoHealthyReplica) as caught:
            await chat_at(refusing_url(), transport).open(request(), timeout=30)

        assert caught.value.retry_after


@pytest.mark.parametrize(
    ("timeouts", "timeout", "expected"),
    [(ReplicaTimeouts(first_token=SOON, silence=30), 30.0, ReplicaSilent), (PATIENT, SOON, UpstreamTimeout)],
    ids=["no first token", "the whole"],
)
async def test_a_replica_that_never_answers(timeouts: ReplicaTimeouts, timeout: float, expected: type[Refusal]) -> None:
    async def handler(peer: Peer) -> None:
        await peer.request()
        await peer.request()

    async with daemon(handler, timeouts) as (chat, server, _):
        with pytest.raises(UpstreamTimeout) as caught:
            await chat.open(request(), timeout=timeout)

        assert type(caught.value) is expected

        await server.peers[0].until_gone()


@pytest.mark.parametrize(
    ("timeouts", "timeout", "expected"),
    [(ReplicaTimeouts(first_token=30, silence=SOON), 30.0, ReplicaSilent), (PATIENT, SOON, UpstreamTimeout)],
    ids=["silence", "the whole"],
)
async def test_a_replica_that_falls_silent(timeouts: ReplicaTimeouts, timeout: float, expected: type[Refusal]) -> None:
    async with daemon(answering(STREAM_HEAD + chunk(line("Hel"))), timeouts) as (chat, server, _):
        deltas, failure = await heard(await chat.open(request(), timeout=timeout))

        assert (said(deltas), type(failure)) == ("Hel", expected)
        await server.peers[0].until_gone()
