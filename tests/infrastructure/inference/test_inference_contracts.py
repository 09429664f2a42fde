"""The adapters of Ollama keep the contracts that their fakes keep."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import pytest
from tests.contracts.model_directories import Listing, ModelDirectoryContract
from tests.contracts.replicas import Playing, ReplicaContract
from tests.fakes.inference.scripts import Step
from tests.infrastructure.inference.hand_clock import HandClock
from tests.infrastructure.inference.ollama_answers import END, STREAM_HEAD, chunk, done_line, line, refusal
from tests.infrastructure.inference.ollama_answers import listing as list_answer
from tests.infrastructure.inference.ollama_daemon import daemon
from tests.infrastructure.kernel.http_clients import fast_transport
from tests.infrastructure.kernel.http_scripted_server import Peer, scripted_server

from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_api import OllamaApi
from ollamanet.infrastructure.inference.ollama_chat import OllamaChat
from ollamanet.infrastructure.inference.ollama_directory import OllamaDirectory


async def play_to(peer: Peer, script: Sequence[Step]) -> None:
    """Say it as a daemon does: no head before the first piece."""
    await peer.request()
    head = STREAM_HEAD
    for step in script:
        if isinstance(step, float):
            await asyncio.sleep(step)
            continue
        if isinstance(step, Exception):
            return
        await peer.send(head + chunk(line(step) if isinstance(step, str) else done_line()))
        head = b""
    await peer.send(END)


class TestOllamaChat(ReplicaContract):
    @pytest.fixture
    def playing(self) -> Playing:
        @asynccontextmanager
        async def play(script: Sequence[Step]) -> AsyncIterator[OllamaChat]:
            async with daemon(lambda peer: play_to(peer, script)) as (chat, _, _):
                yield chat

        return play


class TestOllamaDirectory(ModelDirectoryContract):
    @pytest.fixture
    def listing(self) -> Listing:
        @asynccontextmanager
        async def listed(names: Collection[str] | None, resident: Collection[str]) -> AsyncIterator[OllamaDirectory]:
            async def handler(peer: Peer) -> None:
                while request := await peer.request():
                    shown = names if request.startswith(b"GET /api/tags ") else resident
                    models: list[dict[str, object]] = [{"name": name} for name in shown or ()]
                    await peer.send(refusal(500, b"{}") if shown is None else list_answer(models))

            async with scripted_server(handler) as server, fast_transport() as transport:
                directory = OllamaDirectory(OllamaApi(ReplicaAddress(server.url), transport), HandClock())
                yield directory
                await directory.aclose()

        return listed
