"""Streams that are counted while they are open."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from ollamanet.application.inference.ports import ReplicaStream
from ollamanet.domain.kernel.reply import Delta


class CountedStream:
    """Satisfies `ReplicaStream`; whoever iterates it does so over the stream itself, so that no token costs more.

    Args:
        stream: what it is about.
        closed: called once with it, when it is closed.
    """

    def __init__(self, stream: ReplicaStream, closed: Callable[["CountedStream"], None]) -> None:
        self._stream: Final = stream
        self._closed: Callable[[CountedStream], None] | None = closed

    def __aiter__(self) -> AsyncIterator[Sequence[Delta]]:
        """That of the stream."""
        return aiter(self._stream)

    def cut(self, why: str) -> None:
        """As that of the stream."""
        self._stream.cut(why)

    async def aclose(self) -> None:
        """Close the stream; idempotent."""
        closed, self._closed = self._closed, None
        if closed is not None:
            closed(self)
        await self._stream.aclose()
