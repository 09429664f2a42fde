"""Work that is finished although nobody waits for it any more."""

import asyncio
from typing import Any

import pytest
from tests.fakes.kernel.cancelling import Cut, cut_short

from ollamanet.application.kernel.uncancelled import settled, unawaited, uncancelled


class Work:
    """Takes three turns of the loop."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.done = False
        self._failure = failure

    async def do(self) -> str:
        for _ in range(3):
            await asyncio.sleep(0)
        if self._failure is not None:
            raise self._failure
        self.done = True
        return "result"


@pytest.fixture
async def complaints() -> list[dict[str, Any]]:
    """What the loop was told of that nobody could be told."""
    heard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))
    return heard


@pytest.mark.anyio
async def test_hands_over_the_result() -> None:
    assert await uncancelled(Work().do()) == "result"


@pytest.mark.anyio
async def test_hands_over_the_failure_to_who_still_waits(complaints: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="disk full"):
        await uncancelled(Work(ValueError("disk full")).do())

    assert complaints == []


@pytest.mark.anyio
@pytest.mark.parametrize("cuts", [(1,), (1, 2)], ids=["once", "twice"])
async def test_goes_on_when_its_caller_is_cancelled(cuts: tuple[int, ...]) -> None:
    work = Work()
    await cut_short(uncancelled(work.do()), *cuts)
    assert not work.done

    await settled()
    assert work.done


@pytest.mark.anyio
async def test_a_cancelled_caller_learns_of_it_at_once() -> None:
    cut = Cut(1)

    async def wait() -> str:
        return await cut.during(uncancelled(Work().do()))

    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(wait())
    await settled()


@pytest.mark.anyio
async def test_a_failure_that_nobody_waits_for_is_not_lost(complaints: list[dict[str, Any]]) -> None:
    failure = ValueError("disk full")
    await cut_short(uncancelled(Work(failure).do()), 1)
    await settled()
    await asyncio.sleep(0)

    assert [context["exception"] for context in complaints] == [failure]


@pytest.mark.anyio
async def test_settled_waits_for_work_that_work_started() -> None:
    inner = Work()

    async def outer() -> None:
        await asyncio.sleep(0)
        await uncancelled(inner.do())

    await cut_short(uncancelled(outer()), 1)
    await settled()

    assert inner.done


@pytest.mark.anyio
async def test_settled_returns_when_there_is_nothing() -> None:
    await asyncio.wait_for(settled(), timeout=1)
    assert await uncancelled(Work().do()) == "result"


@pytest.mark.anyio
async def test_work_that_nobody_awaits_is_done_by_the_end_and_its_failure_is_told(
    complaints: list[dict[str, Any]],
) -> None:
    done: list[str] = []

    async def work(name: str) -> None:
        await asyncio.sleep(0)
        done.append(name)
        if name == "bad":
            raise ZeroDivisionError

    for name in ("good", "bad"):
        unawaited(work(name))
    assert done == []
    await settled()

    assert done == ["good", "bad"]
    assert [type(each["exception"]) for each in complaints] == [ZeroDivisionError]
