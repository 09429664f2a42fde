"""The simulator behind a real listener: uvicorn's HTTP protocol, with a way for faults to reach the connection."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from ollamanet.infrastructure.simulator.app import Simulator
from ollamanet.infrastructure.simulator.exchange import EXTENSION
from ollamanet.infrastructure.simulator.options import SimulatorOptions

_BACKLOG = 2048
# Ollama sets no idle time-out of its own.
_KEEP_ALIVE_SECONDS = 86_400
_LAST_WORDS_SECONDS = 2.0


class _ReachableProtocol(HttpToolsProtocol):
    """Puts the transport into the scope, so that a fault can end the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}


@dataclass(frozen=True, slots=True)
class RunningSimulator:
    """A simulator that listens at `base_url`, without a slash at its end."""

    base_url: str
    simulator: Simulator


@asynccontextmanager
async def running_simulator(options: SimulatorOptions) -> AsyncIterator[RunningSimulator]:
    """Serve on the running loop; on leaving, every open connection is cut.

    Raises:
        OSError: the address is taken or not ours.
        ValueError: the options name a model that cannot be.
    """
    simulator, state = Simulator(options), ServerState()
    simulator.open_connections = lambda: len(state.connections)
    listener = await _listen(simulator, state)
    dates = asyncio.create_task(_keep_date(state))
    try:
        yield RunningSimulator(_url_of(listener), simulator)
    finally:
        dates.cancel()
        listener.close()
        await _hang_up(state)
        await simulator.close()


async def serve(options: SimulatorOptions, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve until cancelled.

    Args:
        options: the daemon; port 0 takes any free one.
        ready: called once with the base URL as soon as requests are accepted.

    Raises:
        OSError: the address is taken or not ours.
        ValueError: the options name a model that cannot be.
    """
    async with running_simulator(options) as running:
        if ready is not None:
            ready(running.base_url)
        await asyncio.Event().wait()


async def _listen(simulator: Simulator, state: ServerState) -> asyncio.Server:
    options = simulator.options
    config = uvicorn.Config(
        simulator,
        http=_ReachableProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    config.load()
    loop = asyncio.get_running_loop()

    def protocol() -> asyncio.Protocol:
        return _ReachableProtocol(config=config, server_state=state, app_state={}, _loop=loop)

    return await loop.create_server(protocol, options.host, options.port, backlog=_BACKLOG)


def _url_of(listener: asyncio.Server) -> str:
    host, port = listener.sockets[0].getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


async def _keep_date(state: ServerState) -> None:
    while True:
        state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        await asyncio.sleep(1.0)


async def _hang_up(state: ServerState) -> None:
    # The requests see their clients leave and end by themselves; cancelling them would be logged as errors.
    for connection in list(state.connections):
        if connection.transport is not None:
            connection.transport.abort()
    if state.tasks:
        await asyncio.wait(list(state.tasks), timeout=_LAST_WORDS_SECONDS)
