"""A chat that outlives its connection: made in a task of its own, kept, heard by any number of listeners."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Final, Generic, Protocol, TypeVar

from ollamanet.application.conversations.chat_events import Accepted, ChatEvent
from ollamanet.application.conversations.live_log import EventLog, Piece
from ollamanet.application.conversations.live_room import OVERHEAD, Room
from ollamanet.application.conversations.live_running import RunningChat
from ollamanet.domain.kernel.errors import Refusal, ShuttingDown
from ollamanet.domain.kernel.ids import RequestId, UserId

STOPPING: Final = ShuttingDown("the service is stopping", retry_after=5.0)


class Transcript(Protocol):
    """Encodes the events of one chat, once for all who hear them."""

    @property
    def number(self) -> int:
        """Of the last event that was encoded, 0 before the first."""
        ...

    def encode(self, batch: Sequence[ChatEvent], /) -> bytes:
        """All events of a batch; empty if none of them is shown."""
        ...

    def begins(self, batch: Sequence[ChatEvent], /) -> bool:
        """Whether this batch is worth committing to a status for."""
        ...


TranscriptT = TypeVar("TranscriptT", bound=Transcript)


class KeptChat(Generic[TranscriptT]):
    """A running chat, or one that has just ended.

    Attributes:
        user: whose it is.
        request_id: its name among that user's.
        transcript: what was said, encoded.
        log: the same as events that can be heard again.
    """

    def __init__(self, running: RunningChat, transcript: TranscriptT, room: Room, *, grace: float) -> None:
        """Keep what `running` brings, `grace` seconds beyond its end; and stop it when nobody listens for that long."""
        self.user: UserId = running.user
        self.request_id: RequestId = running.request_id
        self.transcript = transcript
        self.log = EventLog()
        self._running = running
        self._room = room
        self._grace = grace
        self._accepted = False
        self._listeners = 0
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._forgotten: list[Callable[[], None]] = []

    def start(self, open_: Callable[[], Awaitable[RunningChat]], forgotten: Callable[[], None]) -> None:
        """Run it; `forgotten` is called once when it is no longer kept."""
        self._forgotten.append(forgotten)
        self._room.take(self, OVERHEAD)
        self._task = asyncio.create_task(self._run(open_))
        self._wait_for_listeners()

    @property
    def failed(self) -> bool:
        """It is over and did not come to an answer, so that asking again makes sense."""
        return self.log.failure is not None

    async def events(self, after: int, *, at_once: bool) -> AsyncGenerator[Sequence[Piece], None]:
        """The events that follow number `after`, to the end.

        Args:
            after: 0 for all of them.
            at_once: an empty piece comes first if the chat was accepted, so that its listener need not wait to begin.

        Raises:
            InvalidRequest, Conflict: as `EventLog.check`.
            Exception: what the chat failed with, once everything before was heard.
        """
        with self.attended():
            if at_once and self._accepted:
                yield (Piece(b"", after, begins=True),)
            while True:
                if pieces := self.log.since(after):
                    after = pieces[-1].last
                    yield pieces
                elif not self.log.over:
                    await self.log.news()
                elif self.log.failure is None or self.log.heard_all(after):
                    return
                else:
                    raise self.log.failure

    async def end(self) -> None:
        """Wait until it is over.

        Raises:
            Exception: what it failed with.
        """
        with self.attended():
            while not self.log.over:
                await self.log.news()
        if self.log.failure is not None:
            raise self.log.failure

    @contextmanager
    def attended(self) -> Iterator[None]:
        """Somebody listens."""
        self._listeners += 1
        if not self.log.over:
            self._hush()
        try:
            yield
        finally:
            self._listeners -= 1
            if not self.log.over:
                self._wait_for_listeners()

    def forget_oldest(self, size: int) -> int:
        """Free at least `size` bytes of events if it has them; how many were freed."""
        return self.log.forget_oldest(size)

    def forget(self) -> None:
        """It is no longer kept; who has not heard all of it is told that the rest is gone."""
        self._hush()
        self.log.forget_oldest(sys.maxsize)
        self._room.leave(self)
        while self._forgotten:
            self._forgotten.pop()()

    async def aclose(self) -> None:
        """Break it off; what was heard is stored."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        if not self.log.over:  # it was cancelled before its first step
            self._running.leave()
            self.log.end(STOPPING)
        self.forget()

    async def _run(self, open_: Callable[[], Awaitable[RunningChat]]) -> None:
        failure: Exception | None = STOPPING
        try:
            async with aclosing(await open_()) as events:
                async for batch in events:
                    self._take(batch)
            failure = None
        except Exception as error:  # noqa: BLE001 - every listener is told
            failure = error
            self._report(error)
        finally:
            self._end(failure)

    def _take(self, batch: Sequence[ChatEvent]) -> None:
        if isinstance(batch[0], Accepted):
            self._accepted = True
        if data := self.transcript.encode(batch):
            self.log.append(data, self.transcript.number, begins=self.transcript.begins(batch))
            self._room.take(self, len(data))

    def _end(self, failure: Exception | None) -> None:
        self.log.end(failure)
        self._hush()
        if not self._accepted:
            # Who was refused may ask again, under the same name and key.
            self.forget()
            return
        self._room.over(self)
        self._timer = asyncio.get_running_loop().call_later(self._grace, self._expire)

    def _expire(self) -> None:
        """Its time is over, unless somebody is still listening."""
        if not self._listeners:
            self.forget()
            return
        self._timer = asyncio.get_running_loop().call_later(self._grace, self._expire)

    def _report(self, error: Exception) -> None:
        if not isinstance(error, Refusal) and not self._listeners:
            # Without the task: it is the one that runs, and some loops would enter its context a second time.
            context = {"message": "a chat failed that nobody listened to", "exception": error}
            asyncio.get_running_loop().call_exception_handler(context)

    def _wait_for_listeners(self) -> None:
        if not self._listeners:
            self._timer = asyncio.get_running_loop().call_later(self._grace, self._running.stop)

    def _hush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
