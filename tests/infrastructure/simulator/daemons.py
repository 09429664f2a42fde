"""Simulated daemons for tests: on a real port, without waiting times unless a test asks for them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from ollamanet.infrastructure.simulator.app import Simulator
from ollamanet.infrastructure.simulator.options import ModelSpec, SimulatorOptions
from ollamanet.infrastructure.simulator.server import running_simulator

NATIVE = ModelSpec(name="native")
RENDERED = ModelSpec(name="rendered", path="rendered")
THINKER = ModelSpec(name="thinker", path="rendered", capabilities=("completion", "tools", "thinking"))
NATIVE_THINKER = ModelSpec(name="native-thinker", capabilities=("completion", "thinking"))
SEER = ModelSpec(name="seer", capabilities=("completion", "vision"))
FILLER = ModelSpec(name="filler", path="rendered", capabilities=("completion", "insert"))
EMBEDDER = ModelSpec(name="embedder", capabilities=("embedding",), trained_context=512, embedding_length=64)
SPECS = (NATIVE, RENDERED, THINKER, NATIVE_THINKER, SEER, FILLER, EMBEDDER)

INSTANT = SimulatorOptions(
    port=0,
    models=SPECS,
    registry=(ModelSpec(name="distant", size=1_000_000),),
    tokens_per_second=0,
    prompt_tokens_per_second=0,
    load_seconds=0,
    unload_seconds=0,
    reply_tokens=6,
    progress_seconds=0.005,
    slow_headers_seconds=0.05,
)
# Made once: httpx would read every certificate of the system for each client.
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running simulator and a client to it."""

    base_url: str
    simulator: Simulator
    http: httpx.AsyncClient

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(path, json=body)

    async def chat(self, model: str = "native", text: str = "Hello there", **more: Any) -> httpx.Response:
        return await self.post("/api/chat", model=model, messages=said(text), **more)

    async def loaded(self) -> dict[str, dict[str, Any]]:
        models = (await self.http.get("/api/ps")).json()["models"]
        return {model["name"].removesuffix(":latest"): model for model in models}

    async def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = (await self.http.get("/simulator/stats")).json()
        return stats


@asynccontextmanager
async def daemon(**changes: Any) -> AsyncIterator[Daemon]:
    """An instant daemon, but for the changed options."""
    options = msgspec.structs.replace(INSTANT, **changes)
    async with (
        running_simulator(options) as running,
        httpx.AsyncClient(base_url=running.base_url, timeout=10, verify=_NO_TLS, trust_env=False) as http,
    ):
        yield Daemon(running.base_url, running.simulator, http)


def said(text: str) -> list[dict[str, Any]]:
    """One user message."""
    return [{"role": "user", "content": text}]


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds; fail after five seconds."""
    for _ in range(2500):
        if condition():
            return
        await asyncio.sleep(0.002)
    raise AssertionError("it did not happen")


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    """The lines of a whole stream; each of them ends with a newline."""
    assert response.content.endswith(b"\n")
    return [msgspec.json.decode(line) for line in response.content.splitlines()]


def text_of(response: httpx.Response) -> str:
    """What a streamed chat said."""
    return "".join(line["message"]["content"] for line in lines(response))
