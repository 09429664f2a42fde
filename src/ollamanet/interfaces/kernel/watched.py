"""Work that goes on only while its client is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from litestar.types import Receive


async def while_connected(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` in a task of its own, and cancel it as soon as the client has gone.

    Its own task keeps the framework's chain of awaits out of every wake-up. Must be called after the body was read.

    Raises:
        Exception: what `work` raises, or `receive` does.
    """
    task = asyncio.create_task(work)
    watcher = asyncio.create_task(_gone(receive))
    watcher.add_done_callback(lambda _: task.cancel())
    try:
        await task
    except asyncio.CancelledError:
        # Our own cancellation must go on; the client's leaving ends here.
        if not watcher.done() or watcher.cancelled() or _cancelled_ourselves():
            raise
        watcher.result()
    finally:
        watcher.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _cancelled_ourselves() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
