"""An httpx transport for the token path: the interface of httpx at a fraction of its cost.

`httpx.AsyncClient(transport=FastTransport())` works as with httpx's own; the token path calls `handle_async_request`.
"""

import asyncio
import ssl
from typing import Final

import httpx

from ollamanet.infrastructure.kernel.http_bounds import Bounds
from ollamanet.infrastructure.kernel.http_pool import Idleness, Origin, Pool
from ollamanet.infrastructure.kernel.http_reader import HeadResponseReader, ResponseReader
from ollamanet.infrastructure.kernel.http_request_bytes import body_of, head_of

_PORTS: Final = {"http": 80, "https": 443}


class FastTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over asyncio and httptools, with keep-alive, TLS, time-outs and back-pressure.

    A request body is held in memory whole. The response's stream yields all that was received so far at each step; to
    close it before its end, or to cancel a task that waits for it, aborts the connection. A connection that the server
    closed while it lay idle is replaced once, only if no byte of an answer came.

    Args:
        tls: context for `https`; the default one verifies against the system's authorities.
        idleness: how many connections may lie idle for each server, and how long.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, idleness: Idleness | None = None) -> None:
        self._tls = tls
        self._idleness = idleness or Idleness()
        self._pools: dict[tuple[str, str, int | None], Pool] = {}
        self._closed = False

    @property
    def open_connections(self) -> int:
        """Sockets that exist or are being connected, over all servers."""
        return sum(pool.open for pool in self._pools.values())

    @property
    def idle_connections(self) -> int:
        """Sockets that wait for another exchange."""
        return sum(pool.idle for pool in self._pools.values())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the head of the answer.

        Raises:
            httpx.ConnectError, httpx.ConnectTimeout: the server cannot be reached.
            httpx.ReadTimeout, httpx.WriteTimeout: a limit of `request.extensions` was over (see `http_bounds`).
            httpx.ReadError: the connection broke or ended before the answer did.
            httpx.RemoteProtocolError: what came is not HTTP.
            httpx.LocalProtocolError, httpx.UnsupportedProtocol: the request cannot be sent as it is.
        """
        bounds = Bounds.of(request.extensions, asyncio.get_running_loop().time())
        body = await body_of(request)
        head = head_of(request, len(body))
        kind = HeadResponseReader if request.method == "HEAD" else ResponseReader
        reader = await self.exchange(request.url, head, body, bounds, kind)
        return httpx.Response(reader.status, headers=reader.headers, stream=reader)

    async def exchange(
        self,
        url: httpx.URL,
        head: bytes,
        body: bytes,
        bounds: Bounds,
        kind: type[ResponseReader] = ResponseReader,
    ) -> ResponseReader:
        """As `handle_async_request`, for who has the bytes already: httpx's objects cost as much as the exchange.

        Args:
            url: where to; scheme, host and port of it.
            head: request line and headers, with the empty line (see `head_of`).
            body: framed as the head announces it.
            bounds: how long it may take.
            kind: what reads the answer.

        Returns:
            The answer, its head complete.
        """
        loop = asyncio.get_running_loop()
        pool = self._pool(url)
        connection = pool.take()
        while True:
            fresh = connection is None
            if connection is None:
                connection = await pool.connect(bounds.connect)
            reader = kind(connection, loop)
            try:
                await connection.exchange(reader, head, body, bounds)
            except httpx.NetworkError:
                if fresh or reader.received:
                    raise
                connection = None
            else:
                return reader

    async def aclose(self) -> None:
        """Abort every connection and wait until the sockets are closed; what is under way fails."""
        self._closed = True
        for pool in list(self._pools.values()):
            await pool.aclose()

    def _pool(self, url: httpx.URL) -> Pool:
        if self._closed:
            raise httpx.ConnectError("the transport is closed")
        key = (url.scheme, url.host, url.port)
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = Pool(self._origin(*key), self._idleness)
        return pool

    def _origin(self, scheme: str, host: str, port: int | None) -> Origin:
        if scheme not in _PORTS or not host:
            raise httpx.UnsupportedProtocol("expected a URL that begins with http:// or https:// and a host")
        if scheme == "https" and self._tls is None:
            self._tls = ssl.create_default_context()
        return Origin(host, port or _PORTS[scheme], self._tls if scheme == "https" else None)
