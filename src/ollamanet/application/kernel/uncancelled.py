"""Work that must be finished although the task that started it is cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

_RUNNING: Final[set[asyncio.Task[Any]]] = set()


async def uncancelled(work: Coroutine[Any, Any, Result]) -> Result:
    """Run `work` in a task of its own, and wait for it; a cancelled caller stops waiting, the work goes on.

    Raises:
        Exception: whatever `work` raises, if the caller still waits; else the loop's exception handler is told.
    """
    task = asyncio.create_task(work)
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_report)
        raise


def unawaited(work: Coroutine[Any, Any, Any]) -> None:
    """Run `work` in a task that nobody waits for but `settled`; if it fails, the loop's exception handler is told."""
    task = asyncio.create_task(work)
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    task.add_done_callback(_report)


async def settled() -> None:
    """Wait until all such work is done; for the end of the process."""
    while _RUNNING:
        await asyncio.wait(set(_RUNNING))


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        message = "work failed after its caller had left"
        task.get_loop().call_exception_handler({"message": message, "exception": error, "task": task})
