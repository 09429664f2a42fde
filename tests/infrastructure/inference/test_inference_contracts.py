"""One daemon keeps the contract that its fake keeps."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from tests.contracts.replicas import Playing, ReplicaContract
from tests.fakes.inference.scripts import Step
from tests.infrastructure.inference.ollama_answers import END, STREAM_HEAD, chunk, done_line, line
from tests.infrastructure.inference.ollama_daemon import daemon
from tests.infrastructure.kernel.http_scripted_server import Peer

from ollamanet.infrastructure.inference.ollama_chat import OllamaChat


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
