"""Short ways to ask the transport under test, on both event loops that the program runs on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from ollamanet.infrastructure.kernel.http_bounds import FIRST_BYTE_TIMEOUT, TOTAL_TIMEOUT
from ollamanet.infrastructure.kernel.http_transport import FastTransport

BOTH_LOOPS = [("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})]


@asynccontextmanager
async def fast_transport(transport: FastTransport | None = None) -> AsyncIterator[FastTransport]:
    """A transport that must have no socket left at the end."""
    used = transport or FastTransport()
    try:
        yield used
    finally:
        await used.aclose()
        assert used.open_connections == 0


async def ask(
    transport: FastTransport,
    url: str,
    body: bytes | None = None,
    *,
    method: str | None = None,
    connect: float | None = None,
    write: float | None = None,
    first_byte: float | None = None,
    read: float | None = None,
    total: float | None = None,
) -> httpx.Response:
    """Send a request with the given limits in seconds; its answer has only its head yet."""
    timeout = {"connect": connect, "read": read, "write": write, "pool": None}
    return await transport.handle_async_request(
        httpx.Request(
            method or ("GET" if body is None else "POST"),
            url,
            content=body,
            extensions={"timeout": timeout, TOTAL_TIMEOUT: total, FIRST_BYTE_TIMEOUT: first_byte},
        )
    )


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop run until the condition holds, at most some seconds."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came true")
