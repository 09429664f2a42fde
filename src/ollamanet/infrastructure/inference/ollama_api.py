"""The small JSON questions to a replica: which models, which version."""

from typing import Any, Final, TypeVar

import httpx
import msgspec

from ollamanet.domain.inference.errors import ReplicaGarbled
from ollamanet.infrastructure.inference.ollama_address import ReplicaAddress
from ollamanet.infrastructure.inference.ollama_errors import from_transport
from ollamanet.infrastructure.inference.ollama_refusal import refusal_of
from ollamanet.infrastructure.inference.ollama_wire import UNREADABLE
from ollamanet.infrastructure.kernel.http_bounds import TOTAL_TIMEOUT

_MOST: Final = 16 * 1024 * 1024

Answer = TypeVar("Answer", bound=msgspec.Struct)


class OllamaApi:
    """Asks one daemon, and decodes what it says.

    Args:
        address: the daemon.
        transport: not closed here.
    """

    def __init__(self, address: ReplicaAddress, transport: httpx.AsyncBaseTransport) -> None:
        self._address: Final = address
        self._transport: Final = transport
        self._headers: Final = [*address.headers(), (b"Accept", b"application/json")]
        self.name: Final = address.name

    async def get(self, path: str, kind: type[Answer], *, timeout: float) -> Answer:
        """The answer to `GET path`.

        Args:
            path: below the base path; begins with a slash.
            kind: what the answer is decoded to.
            timeout: seconds (> 0) for all of it.

        Raises:
            NoHealthyReplica: it cannot be reached, or is too busy.
            UpstreamError: it failed, or its answer is not of that kind.
            UpstreamTimeout: it took longer.
        """
        return await self._ask("GET", path, b"", kind, timeout)

    async def post(self, path: str, body: msgspec.Struct, kind: type[Answer], *, timeout: float) -> Answer:
        """The answer to `POST path` with a JSON body; else as `get`."""
        return await self._ask("POST", path, msgspec.json.encode(body), kind, timeout)

    async def _ask(self, method: str, path: str, body: bytes, kind: type[Answer], timeout: float) -> Answer:
        limits: dict[str, Any] = dict.fromkeys(("connect", "read", "write", "pool"), timeout)
        extra = [(b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body))] if body else []
        request = httpx.Request(
            method,
            self._address.at(path),
            headers=[*self._headers, *extra],
            stream=httpx.ByteStream(body),
            extensions={"timeout": limits, TOTAL_TIMEOUT: timeout},
        )
        try:
            response = await self._transport.handle_async_request(request)
            if response.status_code != 200:
                raise await refusal_of(response, self.name)
            return msgspec.json.decode(await _content(response), type=kind)
        except httpx.HTTPError as error:
            raise from_transport(error, self.name) from error
        except UNREADABLE as error:
            raise ReplicaGarbled(f"{self.name} does not answer {path} as Ollama does") from error


async def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    try:
        async for data in response.aiter_raw():
            content += data
            if len(content) > _MOST:
                raise httpx.RemoteProtocolError(f"an answer of more than {_MOST} bytes")
    finally:
        await response.aclose()
    return bytes(content)
