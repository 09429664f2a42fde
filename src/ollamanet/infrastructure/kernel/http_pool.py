"""The connections to one server, the idle ones taken up again last in, first out."""

import asyncio
import math
import ssl
from dataclasses import dataclass
from typing import Final

import httpx

from ollamanet.infrastructure.kernel.http_connection import Connection


@dataclass(frozen=True, slots=True)
class Origin:
    """Where connections lead: a host name or address without brackets, a port, and a context for TLS or None."""

    host: str
    port: int
    tls: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class Idleness:
    """How many connections may lie idle for one server (>= 0), and for how many seconds (> 0)."""

    most: int = 64
    seconds: float = 30.0


class Pool:
    """Hands out connections to one server; it never limits how many are in use."""

    def __init__(self, origin: Origin, idleness: Idleness) -> None:
        self._origin: Final = origin
        self._idleness: Final = idleness
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        self._closed = False
        self._one_gone = asyncio.Event()

    @property
    def open(self) -> int:
        """Sockets that exist or are being connected."""
        return len(self._open)

    @property
    def idle(self) -> int:
        """Sockets that wait for another exchange."""
        return len(self._idle)

    def take(self) -> Connection | None:
        """The connection that became idle last, or None; the server may have closed it meanwhile."""
        return self._idle.popitem()[0] if self._idle else None

    async def connect(self, timeout: float) -> Connection:
        """Open a connection.

        Args:
            timeout: seconds (> 0, may be `math.inf`) for name resolution, TCP and TLS together.

        Raises:
            httpx.ConnectTimeout: it took longer.
            httpx.ConnectError: nothing listens there, the name is unknown, or TLS was refused by either side.
        """
        loop = asyncio.get_running_loop()
        connection = Connection(loop, self._keep, self._forget, self._idleness.seconds)
        self._open.add(connection)
        try:
            async with asyncio.timeout(None if timeout == math.inf else timeout):
                await loop.create_connection(
                    lambda: connection, self._origin.host, self._origin.port, ssl=self._origin.tls
                )
        except TimeoutError as error:
            self._give_up(connection)
            raise httpx.ConnectTimeout(f"no connection within {timeout:g} s") from error
        except (OSError, UnicodeError, OverflowError) as error:
            self._give_up(connection)
            raise httpx.ConnectError(f"cannot connect: {error}") from error
        except BaseException:
            self._give_up(connection)
            raise
        if self._closed:
            connection.abort()
            raise httpx.ConnectError("the transport is closed")
        return connection

    async def aclose(self) -> None:
        """Abort every connection, and wait until their sockets are closed."""
        self._closed = True
        connected = [connection for connection in self._open if connection.connected]
        for connection in connected:
            connection.abort()
        while not self._open.isdisjoint(connected):
            self._one_gone.clear()
            await self._one_gone.wait()

    def _keep(self, connection: Connection) -> None:
        self._idle[connection] = None
        if len(self._idle) > self._idleness.most:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.abort()

    def _forget(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        self._open.discard(connection)
        self._one_gone.set()

    def _give_up(self, connection: Connection) -> None:
        connection.abort()
        self._open.discard(connection)
