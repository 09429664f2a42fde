"""Work that goes on only while its client is there."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from litestar.types import Receive

CLIENT_GONE: Final = "client_gone"
"""The code in the log of a request whose client did not wait for its end."""


async def while_connected(receive: Receive, work: Coroutine[Any, Any, None]) -> bool:
    """Run `work` in a task of its own, and cancel it as soon as the client has gone.

    Its own task keeps the framework's chain of awaits out of every wake-up. Must be called after the body was read.

    Returns:
        Whether the work was finished; False when the client left before.

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
        return False
    finally:
        watcher.cancel()
    return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _cancelled_ourselves() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
