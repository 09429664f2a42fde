"""The process: serve until told to stop, let streams end, then stop everything that was started."""

import asyncio
import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import AI_PASSIVE, SOCK_STREAM, create_server, getaddrinfo, socket

import uvicorn
from litestar.types import ASGIApp

from ollamanet.bootstrap.guarded_protocol import GuardedProtocol
from ollamanet.bootstrap.settings import ServerSettings

_GARBAGE_THRESHOLD = 50_000
_BACKLOG = 2048


class Server(uvicorn.Server):
    """uvicorn, which tells when it listens and when it stops listening."""

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[str], None], on_stop: Callable[[], None]) -> None:
        """Call `on_ready` with the base URL, and `on_stop` when no new work may be taken."""
        super().__init__(config)
        self._on_ready = on_ready
        self._on_stop = on_stop

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        if self.started:
            # What is there now stays: the collector need not look at it again for every few requests.
            gc.collect()
            gc.freeze()
            gc.set_threshold(_GARBAGE_THRESHOLD, 20, 20)
            self._on_ready(self._address())

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop listening, wait for streams, cancel those that outlast the grace period."""
        self._on_stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at the first signal, at once at the second; and end in good order, which uvicorn's own does not."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _address(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listening(settings: ServerSettings) -> socket:
    """The socket to serve on.

    Raises:
        OSError: the address is taken, or not ours.
    """
    family, _kind, _protocol, _name, address = getaddrinfo(
        settings.host, settings.port, type=SOCK_STREAM, flags=AI_PASSIVE
    )[0]
    return create_server(address[:2], family=family, backlog=_BACKLOG)


async def serve(
    app: ASGIApp,
    settings: ServerSettings,
    listener: socket,
    *,
    on_ready: Callable[[str], None],
    on_stop: Callable[[], None],
) -> None:
    """Serve until a signal."""
    config = uvicorn.Config(
        app,
        loop="none",
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=round(settings.shutdown_grace_s),
    )
    server = Server(config, on_ready=on_ready, on_stop=on_stop)
    await server.serve(sockets=[listener])
