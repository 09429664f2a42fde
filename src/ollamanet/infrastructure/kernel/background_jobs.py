"""Background work in tasks of this process."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any, Final, Self

from ollamanet.domain.kernel.errors import Refusal

_log: Final = logging.getLogger(__name__)


class BackgroundJobs:
    """Owns its tasks until they end; satisfies the port `Background`."""

    def __init__(self, *, limit: int = 8) -> None:
        """Take at most `limit` (>= 1) pieces of work at a time."""
        self._limit: Final = limit
        self._tasks: Final[dict[Hashable, asyncio.Task[None]]] = {}
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def running(self) -> int:
        """Pieces of work that have not ended."""
        return len(self._tasks)

    def start(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Begin `work` in a task of its own; False when the key has work, there is too much, or this was closed."""
        if self._closed or key in self._tasks or len(self._tasks) >= self._limit:
            return False
        task = asyncio.create_task(work())
        self._tasks[key] = task
        task.add_done_callback(partial(self._ended, key))
        return True

    async def stop(self, key: Hashable = None) -> bool:
        """Cancel the work of a key, or all of it for None, and return once it has ended; whether there was any."""
        wanted = [task for each, task in self._tasks.items() if key is None or each == key]
        for task in wanted:
            task.cancel()
        if wanted:
            await asyncio.wait(wanted)
        return bool(wanted)

    async def aclose(self) -> None:
        """Take no more, cancel what there is, and return once it has ended; idempotent."""
        self._closed = True
        await self.stop()

    def _ended(self, key: Hashable, task: asyncio.Task[None]) -> None:
        del self._tasks[key]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Refusal):
            # To be expected, as for a request: overload, a replica that is gone. The next occasion tries again.
            _log.warning("background work was given up: %s: %s", error.code, error.detail)
        elif error is not None:
            _log.error("background work failed", exc_info=error)
