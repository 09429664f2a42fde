"""What every place for background work does; a subclass brings the fixture `background`."""

import asyncio

import pytest

from ollamanet.application.kernel.background import Background


class Work:
    """A piece of work that goes on until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.ended = 0
        self.may_end = asyncio.Event()

    async def __call__(self) -> None:
        self.begun += 1
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            # What it takes to clean up.
            await asyncio.sleep(0)
            self.cancelled += 1
            raise
        self.ended += 1

    @property
    def fate(self) -> tuple[int, int, int]:
        return (self.begun, self.cancelled, self.ended)


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.mark.anyio
class BackgroundContract:
    async def test_does_work_beside_whoever_started_it(self, background: Background) -> None:
        work = Work()
        assert background.start("one", work)
        assert work.begun == 0
        await turns()
        assert work.fate == (1, 0, 0)
        work.may_end.set()
        await turns()

        assert work.fate == (1, 0, 1)

    async def test_takes_one_piece_for_a_key_at_a_time(self, background: Background) -> None:
        work, other = Work(), Work()
        assert background.start("one", work)
        assert not background.start("one", work)
        assert background.start("two", other)
        work.may_end.set()
        await turns()

        assert background.start("one", work)
        await turns()
        assert (work.begun, other.begun) == (2, 1)
        await background.stop()

    async def test_stops_the_work_of_a_key_and_waits_for_its_end(self, background: Background) -> None:
        work, other = Work(), Work()
        background.start("one", work)
        background.start("two", other)
        await turns()

        assert await background.stop("one")
        assert (work.fate, other.fate) == ((1, 1, 0), (1, 0, 0))
        assert not await background.stop("one")
        assert background.start("one", work)
        await background.stop()

    async def test_stops_all_of_it(self, background: Background) -> None:
        works = [Work() for _ in range(3)]
        for number, work in enumerate(works):
            background.start(number, work)
        await turns()

        assert await background.stop()
        assert [work.fate for work in works] == [(1, 1, 0)] * 3
        assert not await background.stop()

    async def test_what_is_stopped_before_it_began_never_begins(self, background: Background) -> None:
        work = Work()
        background.start("one", work)

        assert await background.stop("one")
        await turns()
        assert work.begun == 0
