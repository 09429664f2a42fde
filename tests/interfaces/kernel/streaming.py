"""A stream of words, and the client that hears it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from tests.interfaces.kernel.asgi_exchange import Exchange, http_scope

from ollamanet.interfaces.kernel.request_info import RequestInfo, attach
from ollamanet.interfaces.kernel.sse import SseResponse

Step = str | Sequence[str] | float | BaseException
"""A word, a batch of words, seconds of silence, or the end by an exception."""


class WordEncoder:
    """Words that begin with `~` can wait; those that begin with `-` are never shown."""

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, batch: Sequence[str]) -> bytes:
        self.encoded += len(batch)
        return b"".join(f"data: {word}\n\n".encode() for word in batch if word[0] != "-")

    def begins(self, batch: Sequence[str]) -> bool:
        return batch[-1][0] not in "~-"

    def failure(self, error: BaseException) -> bytes:
        return f"data: failed with {error}\n\n".encode()

    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"x-encoded", b"%d" % self.encoded)]


class Stream:
    """One response to one client; `opening` is how long the source takes to open, in seconds.

    Attributes:
        ended: when the source's `finally` ran, in seconds after the loop's start; None while it has not.
    """

    def __init__(self, *script: Step, opening: float = 0.0, refusal: Exception | None = None) -> None:
        self._script = script
        self._opening = opening
        self._refusal = refusal
        self.ended: float | None = None
        self.client = Exchange()
        self.info = RequestInfo("request-1", 0.0)
        self.response = SseResponse(self._source, WordEncoder())

    async def _source(self) -> AsyncGenerator[Sequence[str], None]:
        try:
            await asyncio.sleep(self._opening)
        finally:
            self._end()
        if self._refusal is not None:
            raise self._refusal
        self.ended = None
        return self._events()

    async def _events(self) -> AsyncGenerator[Sequence[str], None]:
        try:
            for step in self._script:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, float | int):
                    await asyncio.sleep(step)
                else:
                    yield (step,) if isinstance(step, str) else step
        finally:
            self._end()

    def _end(self) -> None:
        self.ended = round(asyncio.get_running_loop().time() - 1000.0, 3)

    async def run(self) -> None:
        """Serve it to the end."""
        scope: dict[str, Any] = http_scope()
        attach(scope, self.info)
        await self.client.receive()
        await self.response(scope, self.client.receive, self.client.send)

    def start(self) -> asyncio.Task[None]:
        """Serve it in a task of its own."""
        return asyncio.ensure_future(self.run())
