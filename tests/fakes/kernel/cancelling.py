"""Real cancellation at an exact place: while a task waits for the n-th time."""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

Result = TypeVar("Result")


class Cut:
    """Cancels the task that runs `work`, or does `instead`, each time its waits reach one of `at` (from 1).

    Attributes:
        waits: how often it waited; when it is less than the last of `at`, the work was over before.
    """

    def __init__(self, *at: int, instead: Callable[[], object] | None = None) -> None:
        self._at = at
        self._instead = instead
        self.waits = 0

    @types.coroutine
    def during(self, work: Coroutine[Any, Any, Result]) -> Generator[Any, Any, Result]:
        thrown: BaseException | None = None
        while True:
            try:
                waited = work.send(None) if thrown is None else work.throw(thrown)
            except StopIteration as end:
                return end.value
            self.waits += 1
            if self.waits in self._at:
                (self._instead or asyncio.current_task().cancel)()
            thrown = None
            try:
                yield waited
            except BaseException as error:  # noqa: BLE001 - all of it goes on to the work
                thrown = error


async def cut_short(work: Coroutine[Any, Any, None], *at: int) -> Cut:
    """Run `work` in a task that is cancelled at these waits; returns when the task is over.

    Raises:
        Exception: what `work` raised, cancellation aside.
    """
    cut = Cut(*at)
    task = asyncio.ensure_future(_awaited(cut, work))
    await asyncio.wait((task,))
    if not task.cancelled():
        task.result()
    return cut


async def _awaited(cut: Cut, work: Coroutine[Any, Any, None]) -> None:
    await cut.during(work)
