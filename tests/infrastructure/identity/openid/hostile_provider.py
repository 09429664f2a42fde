"""A provider that answers whatever a test wants: broken, slow, or a liar."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from tests.infrastructure.identity.openid.forgery import KEYS, token

Answer = tuple[int, bytes, Mapping[str, str]]


def said(body: Any, status: int = 200, **headers: str) -> Answer:
    """An object as JSON."""
    return status, json.dumps(body).encode(), headers


class HostileProvider:
    """What it answers, by path; `asked` are the paths that were asked for, with the forms."""

    def __init__(self) -> None:
        self.issuer = ""
        self.asked: list[str] = []
        self.forms: list[dict[str, list[str]]] = []
        self.silent = False
        self.over = asyncio.Event()
        self.serving: set[asyncio.Task[None]] = set()
        self.keys = KEYS
        self.answers: dict[str, Callable[[], Answer]] = {
            "/.well-known/openid-configuration": lambda: said(self.configuration()),
            "/keys": lambda: said({"keys": self.keys}),
            "/token": lambda: said({"id_token": self.token(), "access_token": "at", "token_type": "Bearer"}),
            "/me": lambda: said({"sub": "ada"}),
        }

    def configuration(self, **more: object) -> dict[str, object]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "me"}
        ends["jwks_uri"] = "keys"
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{end}" for name, end in ends.items()}, **more}

    def token(self, **claims: object) -> str:
        return token(**{"iss": self.issuer, **claims})

    def times(self, path: str) -> int:
        return self.asked.count(path)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line[15:]) for line in head.lower().splitlines() if line.startswith("content-length:")), 0)
        self.forms.append(parse_qs((await reader.readexactly(length)).decode()))
        path = head.split()[1]
        self.asked.append(path)
        if self.silent:
            await self.over.wait()
        status, body, headers = self.answers[path]()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()


@asynccontextmanager
async def hostile_provider() -> AsyncIterator[HostileProvider]:
    """Serve on a free port."""
    provider = HostileProvider()
    server = await asyncio.start_server(provider.connected, "127.0.0.1", 0)
    async with server:
        provider.issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield provider
        provider.over.set()
        await asyncio.gather(*provider.serving)
