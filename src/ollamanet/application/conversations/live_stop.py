"""How an answer is stopped by somebody else than the task that hears it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from ollamanet.application.kernel.uncancelled import uncancelled
from ollamanet.domain.kernel.reply import ReplyEvent

Events = AsyncGenerator[Sequence[ReplyEvent], None]


class AnswerStop:
    """Ends the events of one reply early and in good order; costs nothing for each of them.

    Attributes:
        asked: somebody wants the answer to end now; what was heard is stored, and its consumer is told so.
        left: the consumer closed the answer; there is nobody to tell.
    """

    __slots__ = ("_cancelled", "_closing", "_events", "_over", "_task", "asked", "left")

    def __init__(self) -> None:
        """Before the first event."""
        self._events: Events | None = None
        self._task: asyncio.Task[object] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._cancelled = False
        self._over = False
        self.asked = False
        self.left = False

    def watch(self, events: Events) -> Events:
        """What to hear: `events`, or nothing when the stop was asked for before the model was.

        Called by the task that hears them, right before it does.
        """
        if self.asked:
            return _nothing()
        self._events, self._task = events, asyncio.current_task()
        return events

    def over(self) -> None:
        """The reply has ended: from here on there is nothing to stop."""
        self._over = True

    def leave(self) -> None:
        """The consumer is about to close the answer himself."""
        self._over = self.left = True

    def ask(self, waiting: Callable[[], bool]) -> None:
        """Stop it; idempotent.

        Args:
            waiting: whether the consumer waits for the next event just now, instead of passing on the last one.
        """
        if self.asked or self._over:
            return
        self.asked = True
        if self._events is None:
            return
        if waiting():
            self._cancel()
        else:
            # Its client does not read: the model is to stop all the same, before anybody asks for the next event.
            self._closing = asyncio.create_task(uncancelled(self._close(self._events, waiting)))

    def _cancel(self) -> None:
        self._cancelled = self._task is not None and self._task.cancel()

    async def _close(self, events: Events, waiting: Callable[[], bool]) -> None:
        if self._over:
            return
        if waiting():
            self._cancel()
        else:
            await events.aclose()

    async def explains(self, cut: BaseException) -> bool:
        """Whether `cut`, which ended the events, is only the stop; a cancellation of ours is taken back then."""
        if isinstance(cut, asyncio.CancelledError):
            return self._cancelled and self._task is not None and self._task.uncancel() == 0
        if self._closing is None:
            return False
        # The consumer came back while the events were being closed, and a generator runs for one caller at a time.
        await asyncio.wait((self._closing,))
        return True


async def _nothing() -> Events:
    for batch in tuple[Sequence[ReplyEvent], ...]():
        yield batch
