"""A reply on its way from a replica."""

from collections.abc import AsyncIterator, Sequence
from typing import Final, Self

import httpx

from ollamanet.domain.inference.errors import ReplicaLost
from ollamanet.domain.kernel.reply import Delta
from ollamanet.infrastructure.inference.ollama_decoder import ReplyDecoder
from ollamanet.infrastructure.inference.ollama_errors import from_transport
from ollamanet.infrastructure.kernel.http_reader import ResponseReader

_LINGER: Final = 1.0
"""Seconds after the last line in which the response may end, so that its connection can be used again."""


class OllamaStream:
    """Satisfies `ReplicaStream`.

    Args:
        body: the content of a chat response, as the transport gives it.
        decoder: a fresh one.
        replica: its name, for messages.
    """

    __slots__ = ("_body", "_decoder", "_first", "_reads", "_replica")

    def __init__(self, body: httpx.AsyncByteStream, decoder: ReplyDecoder, replica: str) -> None:
        self._body = body
        self._reads: AsyncIterator[bytes] = body.__aiter__()
        self._decoder = decoder
        self._replica = replica
        self._first: Sequence[Delta] | None = None

    async def begin(self) -> Self:
        """Wait for the first batch and keep it, so that a failure before it is raised here."""
        try:
            self._first = await self.__anext__()
        except BaseException:
            await self.aclose()
            raise
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[Delta]:
        """All that one read brought, at least one delta.

        A failure is raised only after everything that came before it was given out. Cancelling this closes the
        connection.

        Raises:
            UpstreamError: the replica failed or broke off before a `Finished`.
            UpstreamTimeout: it fell silent, or the time for the whole reply is over.
            PromptTooLarge: the replica says so in the place of a first delta.
        """
        if self._first is not None:
            first, self._first = self._first, None
            return first
        decoder = self._decoder
        while not decoder.finished and decoder.failure is None:
            try:
                deltas = decoder.feed(await self._reads.__anext__())
            except StopAsyncIteration:
                deltas = decoder.end()
            except httpx.HTTPError as error:
                await self.aclose()
                raise from_transport(error, self._replica) from error
            if deltas:
                return deltas
        await self.aclose()
        if decoder.failure is not None:
            raise decoder.failure
        raise StopAsyncIteration

    def cut(self, why: str) -> None:
        """As `ReplicaStream.cut`; over another transport than `FastTransport` a step that waits is not woken."""
        if isinstance(self._body, ResponseReader):
            self._body.break_off(why)
        elif not self._decoder.finished and self._decoder.failure is None:
            self._decoder.failure = ReplicaLost(f"{self._replica}: {why}")

    async def aclose(self) -> None:
        """Close the connection, or give it back if the reply is complete; idempotent."""
        self._first = None
        if self._decoder.finished and isinstance(self._body, ResponseReader):
            self._body.let_go(_LINGER)
        else:
            await self._body.aclose()
