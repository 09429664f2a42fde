"""A chat while it runs, as its owner may stop it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from ollamanet.application.conversations.answer_recorder import LiveAnswer
from ollamanet.application.conversations.chat_events import ChatEvent
from ollamanet.domain.kernel.ids import RequestId, UserId


class RunningChat:
    """The events of one chat; whoever has it iterates it to its end, or closes it.

    Attributes:
        user: whose it is.
        request_id: its name among that user's.
    """

    __slots__ = ("_answer", "_asked", "_left", "_waiters", "request_id", "user")

    def __init__(self, user: UserId, request_id: RequestId, left: Callable[["RunningChat"], None]) -> None:
        """Before it is opened; `left` is called when it is over."""
        self.user = user
        self.request_id = request_id
        self._left = left
        self._answer: LiveAnswer | None = None
        self._asked = False
        self._waiters: list[asyncio.Future[None]] = []

    def opened(self, answer: LiveAnswer) -> None:
        """Its question is stored."""
        self._answer = answer
        if self._asked:
            answer.stop()

    def __aiter__(self) -> AsyncIterator[Sequence[ChatEvent]]:
        """The answer's own iterator: nothing stands between it and its consumer.

        Raises:
            Refusal: the reply failed.
        """
        if self._answer is None:
            message = "the chat was not opened"
            raise RuntimeError(message)
        return self._answer.__aiter__()

    def stop(self) -> None:
        """End it early: its listener gets what was heard so far, as `cancelled`; idempotent."""
        self._asked = True
        if self._answer is not None:
            self._answer.stop()

    async def gone(self, *, patience: float) -> None:
        """Wait until it is over, at most `patience` seconds (> 0)."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await asyncio.wait((waiter,), timeout=patience)

    def leave(self) -> None:
        """It is over; idempotent."""
        self._left(self)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()

    async def aclose(self) -> None:
        """Stop the reply if it is not over, store what was heard of it."""
        try:
            if self._answer is not None:
                await self._answer.aclose()
        finally:
            self.leave()
