"""One question at a time: whoever asks while it is being asked shares the answer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final


class SharedQuestion:
    """Runs `work` in a task of its own, which goes on when one of those who wait for it is cancelled.

    Args:
        work: leaves its answer where those who ask look for it.
        name: of the task.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        self._work: Final = work
        self._name: Final = name
        self._task: asyncio.Task[None] | None = None
        self._closed = self._again = False

    @property
    def asked(self) -> bool:
        """It is being asked now."""
        return self._task is not None

    def begin(self) -> asyncio.Task[None] | None:
        """Ask, or take part in what is being asked; None once it is closed."""
        if self._task is None and not self._closed:
            self._task = asyncio.create_task(self._asked(), name=self._name)
        return self._task

    def begin_anew(self) -> None:
        """Have it asked once more where it is being asked: the answer is to be of what is there from now on."""
        self._again = self._task is not None
        self.begin()

    async def __call__(self) -> None:
        """Ask and wait for the answer; returns without one when it is closed meanwhile."""
        task = self.begin()
        if task is None:
            return
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    async def aclose(self) -> None:
        """Stop asking, for good; idempotent."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _asked(self) -> None:
        try:
            await self._work()
            while self._again:
                self._again = False
                await self._work()
        finally:
            self._again = False
            self._task = None
