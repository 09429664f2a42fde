"""One thread does what it is given, in order, and tells whoever waits."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from ollamanet.infrastructure.kernel.worker_thread import WorkerThread

pytestmark = pytest.mark.anyio


@pytest.fixture
async def worker() -> AsyncIterator[WorkerThread]:
    worker = WorkerThread("worker-of-a-test")
    yield worker
    await asyncio.to_thread(worker.close)


async def test_gives_back_what_the_work_returns_from_a_thread_of_its_name(worker: WorkerThread) -> None:
    assert await worker.run(lambda: threading.current_thread().name) == "worker-of-a-test"


async def test_raises_what_the_work_raises_and_goes_on(worker: WorkerThread) -> None:
    with pytest.raises(ZeroDivisionError):
        await worker.run(lambda: 1 // 0)

    assert await worker.run(lambda: 1) == 1


async def test_works_in_the_order_in_which_it_was_asked(worker: WorkerThread) -> None:
    done: list[int] = []
    await asyncio.gather(*(worker.run(lambda number=number: done.append(number)) for number in range(100)))

    assert done == list(range(100))


async def test_does_the_work_of_a_caller_who_left(worker: WorkerThread) -> None:
    begin, done = threading.Event(), threading.Event()
    blocking = asyncio.create_task(worker.run(begin.wait))
    left = [asyncio.create_task(worker.run(work)) for work in (done.set, lambda: 1 // 0)]
    await asyncio.sleep(0)
    for task in left:
        task.cancel()
    begin.set()

    assert await blocking
    assert await worker.run(done.is_set)
    assert [task.cancelled() for task in left] == [True, True]


async def test_closing_ends_what_was_given_and_takes_no_more(worker: WorkerThread) -> None:
    begin = threading.Event()
    blocking = asyncio.create_task(worker.run(begin.wait))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(worker.close))
    begin.set()

    assert await blocking
    await closing
    with pytest.raises(RuntimeError, match="worker-of-a-test is closed"):
        await worker.run(lambda: 1)


def test_one_that_was_never_used_is_closed_at_once() -> None:
    WorkerThread("unused").close()
