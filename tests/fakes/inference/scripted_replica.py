"""A replica that says what the test wrote down."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Self

from tests.fakes.inference.scripts import WHOLE, Step, played

from ollamanet.domain.inference.errors import ReplicaLost, UpstreamTimeout
from ollamanet.domain.kernel.chat import ReplyRequest
from ollamanet.domain.kernel.reply import Delta

HELLO: tuple[Step, ...] = ("Hel", "lo", WHOLE)


class ScriptedStream:
    """Plays the script; after its deadline it says that its time is over."""

    def __init__(self, script: Sequence[Step], deadline: float) -> None:
        self._deltas = played(script)
        self._deadline = deadline
        self._first: Sequence[Delta] | None = None
        self._cut: ReplicaLost | None = None
        self._waiting: asyncio.Timeout | None = None
        self.closed = False

    async def begin(self) -> Self:
        try:
            self._first = await self.__anext__()
        except BaseException:
            await self.aclose()
            raise
        return self

    def __aiter__(self) -> AsyncIterator[Sequence[Delta]]:
        return self

    async def __anext__(self) -> Sequence[Delta]:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        if self._cut is not None:
            raise self._cut
        try:
            async with asyncio.timeout_at(self._deadline) as self._waiting:
                return await self._deltas.__anext__()
        except TimeoutError:
            raise self._cut or UpstreamTimeout("the model took too long") from None
        finally:
            self._waiting = None

    def cut(self, why: str) -> None:
        self._cut = ReplicaLost(why)
        if self._waiting is not None:
            self._waiting.reschedule(0)

    async def aclose(self) -> None:
        # The connection is cut first, as by a transport; whoever is cancelled after that has cut it all the same.
        self.closed = True
        await asyncio.sleep(0)
        await self._deltas.aclose()


class ScriptedReplica:
    """Plays the same script for everybody, and remembers who asked and which connections are open."""

    def __init__(self, *script: Step, name: str = "scripted:11434") -> None:
        self.name = name
        self.script = script or HELLO
        self.asked: list[tuple[ReplyRequest, float]] = []
        self.streams: list[ScriptedStream] = []

    @property
    def open_streams(self) -> int:
        return sum(not stream.closed for stream in self.streams)

    async def open(self, request: ReplyRequest, *, timeout: float) -> ScriptedStream:
        self.asked.append((request, timeout))
        stream = ScriptedStream(self.script, asyncio.get_running_loop().time() + timeout)
        self.streams.append(stream)
        return await stream.begin()
