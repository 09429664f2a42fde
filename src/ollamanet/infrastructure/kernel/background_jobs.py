"""Background work in tasks of this process."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final, Self

from ollamanet.domain.kernel.errors import Refusal

_log: Final = logging.getLogger(__name__)


class BackgroundJobs:
    """Owns its tasks until they end; satisfies the port `Background`."""

    def __init__(self, *, limit: int = 16) -> None:
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
        task = asyncio.create_task(_done(work), name=f"background {key!r}")
        self._tasks[key] = task
        # By the task, not by its own code: one that is cancelled before its first step runs none.
        task.add_done_callback(lambda _: self._tasks.pop(key))
        return True

    async def stop(self, key: Hashable) -> bool:
        """Cancel the work of a key, and return once it has ended; whether there was any."""
        task = self._tasks.get(key)
        if task is None:
            return False
        await _cancelled(task)
        return True

    async def aclose(self) -> None:
        """Take no more, cancel what there is, and return once it has ended; idempotent."""
        self._closed = True
        await asyncio.gather(*map(_cancelled, list(self._tasks.values())))


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait((task,))


async def _done(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except Refusal as refusal:
        # As expected as it is for a request: overload, a replica that is gone. The next occasion tries again.
        _log.warning("background work was given up: %s: %s", refusal.code, refusal.detail)
    except Exception:
        _log.exception("background work failed")
