"""A thread for work that blocks, without what an executor does around each piece: its futures, locks and callbacks."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, TypeVar

Result = TypeVar("Result")
_Job = tuple[Callable[[], Any], asyncio.Future[Any]]


class WorkerThread:
    """Does one piece of work after the other, in the order in which they were given."""

    def __init__(self, name: str) -> None:
        """The thread begins with the first piece of work."""
        self._name: Final = name
        self._jobs: Final[SimpleQueue[_Job | None]] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = False

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, or raises; once given it is done, even if the caller is cancelled meanwhile.

        Raises:
            RuntimeError: the thread was closed.
        """
        if self._closed:
            raise RuntimeError(f"{self._name} is closed")
        if self._thread is None:
            # A daemon, so that a process which forgets to close it still ends.
            self._thread = Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._jobs.put((work, done))
        return await done

    def close(self) -> None:
        """Wait until everything that was given is done; idempotent, not to be called on the event loop."""
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, done = job
            result, failure = None, None
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                failure = error
            done.get_loop().call_soon_threadsafe(_settle, done, result, failure)


def _settle(done: asyncio.Future[Any], result: Any, failure: BaseException | None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(result)
    else:
        done.set_exception(failure)
