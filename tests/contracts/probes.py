"""What every probe does; a subclass brings the fixtures `well` and `broken`."""

import asyncio

import pytest

from ollamanet.application.operations.ports import Probe


@pytest.mark.anyio
class ProbeContract:
    async def test_tells_how_many_seconds_an_answer_took(self, well: Probe) -> None:
        assert 0 <= await well.check() < 30
        assert 0 <= await well.check() < 30

    async def test_answers_many_at_once(self, well: Probe) -> None:
        assert len(await asyncio.gather(*(well.check() for _ in range(5)))) == 5

    async def test_raises_what_is_wrong(self, broken: Probe) -> None:
        with pytest.raises(Exception, match=r"\S"):
            await broken.check()

    async def test_can_be_given_up(self, well: Probe) -> None:
        task = asyncio.ensure_future(well.check())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait((task,))

        assert await well.check() >= 0

    async def test_has_a_name_for_people(self, well: Probe, broken: Probe) -> None:
        for probe in (well, broken):
            assert probe.name.isprintable()
            assert 1 <= len(probe.name) <= 100
