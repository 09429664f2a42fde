"""The fakes keep the contracts of what they stand for, and the tools of the tests do what they say."""

import asyncio

import pytest
from tests.contracts.clocks import ClockContract, IdsContract
from tests.fakes.identity.fixed_time import CountedIds, FixedClock
from tests.fakes.kernel.cancelling import Cut, cut_short
from tests.fakes.kernel.virtual_time import LoopClock, in_virtual_time


class TestFixedClock(ClockContract):
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock()

    def test_goes_as_far_as_it_is_told_on_both_faces(self) -> None:
        clock = FixedClock()
        now, monotonic = clock.now(), clock.monotonic()
        clock.advance(1.5)

        assert (clock.now() - now).total_seconds() == clock.monotonic() - monotonic == 1.5


class TestLoopClock(ClockContract):
    @pytest.fixture
    def clock(self) -> LoopClock:
        return LoopClock()


class TestCountedIds(IdsContract):
    @pytest.fixture
    def ids(self) -> CountedIds:
        return CountedIds()


def test_virtual_time_passes_only_by_waiting() -> None:
    async def wait() -> list[float]:
        clock, seen = LoopClock(), []
        for seconds in (0, 0.25, 3600):
            await asyncio.sleep(seconds)
            seen.append(clock.monotonic())
        return seen

    assert in_virtual_time(wait()) == [1000.0, 1000.25, 4600.25]


def test_virtual_time_refuses_to_wait_for_nothing() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="nothing is left that could end it"):
        in_virtual_time(wait())


@pytest.mark.anyio
@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_a_cut_cancels_at_the_wait_it_was_told(at: int) -> None:
    passed = []

    async def work() -> None:
        for number in range(1, 4):
            await asyncio.sleep(0)
            passed.append(number)

    cut = await cut_short(work(), at)

    assert passed == list(range(1, at))
    assert cut.waits == min(at, 3)


@pytest.mark.anyio
async def test_a_cut_hands_on_what_the_work_raises() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await cut_short(work(), 9)


@pytest.mark.anyio
async def test_a_cut_hands_on_what_the_work_returns() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    async def through() -> int:
        return await Cut(9).during(work())

    assert await asyncio.ensure_future(through()) == 7
