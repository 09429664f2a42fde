"""The chat adapter, joined to a daemon that says what a test wants."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from tests.infrastructure.kernel.http_clients import fast_transport
from tests.infrastructure.kernel.http_scripted_server import Handler, ScriptedServer, scripted_server

from ollamanet.domain.kernel.errors import Refusal
from ollamanet.domain.kernel.reply import Delta
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress, ReplicaTimeouts
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat
from ollamanet.infrastructure.inference.ollama_stream import OllamaStream
from ollamanet.infrastructure.kernel.http_transport import FastTransport

PATIENT = ReplicaTimeouts(connect=30, first_token=30, silence=30)


def chat_at(url: str, transport: httpx.AsyncBaseTransport, timeouts: ReplicaTimeouts = PATIENT) -> OllamaChat:
    return OllamaChat(ReplicaAddress(url), transport, timeouts, lambda: "made")


@asynccontextmanager
async def daemon(
    handler: Handler, timeouts: ReplicaTimeouts = PATIENT
) -> AsyncIterator[tuple[OllamaChat, ScriptedServer, FastTransport]]:
    async with scripted_server(handler) as server, fast_transport() as transport:
        yield chat_at(server.url, transport, timeouts), server, transport


async def heard(stream: OllamaStream) -> tuple[list[Delta], Refusal | None]:
    """All deltas, and the failure that ended them."""
    deltas: list[Delta] = []
    try:
        async for batch in stream:
            assert batch
            deltas += batch
    except Refusal as refusal:
        return deltas, refusal
    return deltas, None
