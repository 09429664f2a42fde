"""Who does not read his answer, or hardly, soon holds no slot any more; over real sockets, with all of the service."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from structlog.testing import capture_logs
from tests.infrastructure.simulator.daemons import daemon, eventually

from ollamanet.bootstrap.guarded_protocol import GuardedProtocol
from ollamanet.bootstrap.settings_sources import load_settings
from ollamanet.bootstrap.web import build_app
from ollamanet.bootstrap.wiring import Services, running_services

pytestmark = pytest.mark.anyio

ANSWER = 20_000
"""Tokens: more than all buffers between the replica and a client hold."""

SETTINGS = {
    "OLLAMANET_ARGON2_MEMORY_KIB": "64",
    "OLLAMANET_ARGON2_TIME_COST": "1",
    "OLLAMANET_PREWARM": "off",
    "OLLAMANET_DEFAULT_MODEL": "native",
}


class Hasty(GuardedProtocol):
    stall_seconds = 0.5


@dataclass
class Served:
    """The service with one replica, and a user of it."""

    services: Services
    port: int
    http: httpx.AsyncClient

    async def chat(self) -> socket.socket:
        """Ask for a long answer over a socket with next to no buffer."""
        loop = asyncio.get_running_loop()
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", self.port))
        body = json.dumps({"message": "Talk at length"})
        head = (
            "POST /api/v1/chats/stream HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: {self.http.headers['authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        await loop.sock_sendall(client, (head + body).encode())
        await eventually(lambda: self.services.inference.admission.places == 1)
        return client

    async def stored(self) -> dict[str, Any]:
        """The answer in the only conversation."""
        [conversation] = (await self.http.get("/api/v1/conversations")).json()["items"]
        messages = await self.http.get(f"/api/v1/conversations/{conversation['id']}/messages")
        return dict(messages.json()["items"][1])


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    async with daemon(reply_tokens=ANSWER) as ollama:
        environ = {"OLLAMANET_DATA_DIR": str(folder), "OLLAMA_BASE_URLS": ollama.base_url, **SETTINGS}
        async with (
            running_services(load_settings(environ)) as services,
            listening(services) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http,
        ):
            account = {"email": "ada@example.com", "username": "ada", "password": "correct horse battery staple"}
            token = (await http.post("/api/v1/auth/register", json=account)).json()["access_token"]
            http.headers["authorization"] = f"Bearer {token}"
            yield Served(services, port, http)


@asynccontextmanager
async def listening(services: Services) -> AsyncIterator[int]:
    config = uvicorn.Config(
        build_app(services), http=Hasty, ws="none", lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Inherited by what it accepts: else the kernel keeps megabytes for a client who does not read.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task


async def check_cut(service: Served, lines: list[Any]) -> None:
    await eventually(lambda: "client_gone" in [line.get("code") for line in lines])
    assert service.services.inference.admission.places == 0
    stored = await service.stored()
    assert stored["partial"]
    assert 0 < len(stored["text"].split()) < ANSWER
    assert [line for line in lines if line["log_level"] in {"warning", "error"}] == []
    assert "a client did not read its answer" in [line["event"] for line in lines]


async def test_who_stops_reading_holds_no_slot_any_more_and_keeps_what_was_said(tmp_path: Path) -> None:
    async with served(tmp_path) as service:
        with capture_logs() as lines, await service.chat():
            await check_cut(service, lines)


async def test_who_reads_a_little_now_and_then_does_not_hold_one_for_long_either(tmp_path: Path) -> None:
    async with served(tmp_path) as service:
        with capture_logs() as lines, await service.chat() as client:

            async def sip() -> None:
                taken = 1
                while taken:
                    taken = len(await asyncio.get_running_loop().sock_recv(client, 4096))
                    await asyncio.sleep(0.005)

            sipping = asyncio.create_task(sip())
            await check_cut(service, lines)
            with suppress(ConnectionError):
                await sipping
